import {Pool} from 'undici'
import {answerTasks} from './child.ts'
import {customerPhone, numberId, TOKEN} from './names.ts'

/** As many as a lane has. */
const SOCKETS = 32

// The bare limit of sending: a loop that posts and reads answers, and keeps nothing.
answerTasks({
  async run({url, seconds}: {url: string; seconds: number}) {
    const pool = new Pool(url, {connections: SOCKETS, pipelining: 1})
    const path = `/v23.0/${numberId(0)}/messages`
    const headers = {authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json'}
    const startedAt = performance.now()
    const until = startedAt + seconds * 1000
    let sent = 0
    const loop = async () => {
      while (performance.now() < until) {
        const text = {body: `Recebido, pedido ${++sent}`}
        const message = {messaging_product: 'whatsapp', to: customerPhone(sent % 10_000), type: 'text', text}
        const answer = await pool.request({path, method: 'POST', headers, body: JSON.stringify(message)})
        const body = (await answer.body.json()) as {messages?: unknown[]}
        if (answer.statusCode !== 200 || !body.messages) throw new Error(JSON.stringify(body))
      }
    }
    await Promise.all(Array.from({length: SOCKETS}, loop))
    const perSecond = (sent * 1000) / (performance.now() - startedAt)
    await pool.close()
    return perSecond
  },
})
