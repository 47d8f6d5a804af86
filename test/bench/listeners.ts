import {WebSocket} from 'ws'
import {answerTasks} from './child.ts'

/** How many connections are made at once: a server takes in so many that wait. */
const AT_ONCE = 100

interface Plan {
  port: number
  token: string
  count: number
}

const sockets: WebSocket[] = []
/** When each of them was told something, in milliseconds of the wall clock. */
let told: number[] = []
let isEnough: (() => void) | undefined

function open({port, token}: Plan): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, {
      headers: {authorization: `Bearer ${token}`},
      perMessageDeflate: false,
    })
    socket.on('error', reject)
    socket.on('close', (code, reason) => reject(new Error(`closed with ${code} ${reason.toString()}`)))
    socket.on('open', () =>
      socket.send('{"type": "subscribe", "channels": ["messages"], "filter": {"type": ["message_queued"]}}'),
    )
    socket.on('message', (data: Buffer) => {
      const text = data.toString('latin1', 0, 30)
      if (text.startsWith('{"type":"live"')) resolve()
      if (!text.startsWith('{"type":"message_queued"')) return
      told.push(Date.now())
      if (told.length === sockets.length) isEnough?.()
    })
    sockets.push(socket)
  })
}

answerTasks(
  {
    /** Opens so many followers of one tenant, and waits until all of them are with its log. */
    async open(plan: Plan) {
      for (let n = 0; n < plan.count; n += AT_ONCE) {
        await Promise.all(Array.from({length: Math.min(AT_ONCE, plan.count - n)}, () => open(plan)))
      }
    },
    /** When each of them was told the next event. */
    async told() {
      if (told.length < sockets.length) await new Promise<void>((resolve) => (isEnough = resolve))
      const times = told
      told = []
      return times
    },
  },
  () => {
    for (const socket of sockets) socket.terminate()
    return Promise.resolve()
  },
)
