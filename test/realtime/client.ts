import {WebSocket} from 'ws'

export interface Frame {
  type: string
  cursor: string
  at: string
  data: Record<string, unknown>
  error?: {code: string; message: string; details: {field?: string; message: string}[]}
}

export interface TestClient {
  socket: WebSocket
  frames: Frame[]
  /** Frames that are events. */
  events(): Frame[]
  send(message: unknown): void
  /** The next frame of a type, or the one there is. */
  frame(type: string, count?: number): Promise<Frame>
  closed: Promise<{code: number; reason: string}>
  close(): Promise<void>
}

const notices = ['subscribed', 'live', 'behind', 'error', 'pong', 'authenticated', 'metrics_updated', 'unsubscribed']

/** A client of `/ws` that keeps what it was told. */
export async function connect(
  url: string,
  {token, headers, path = '/ws'}: {token?: string; headers?: Record<string, string>; path?: string} = {},
): Promise<TestClient> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, {
    headers: {...(token ? {authorization: `Bearer ${token}`} : {}), ...headers},
  })
  const frames: Frame[] = []
  const waiting = new Set<() => void>()
  socket.on('message', (data: Buffer) => {
    frames.push(JSON.parse(data.toString()))
    waiting.forEach((look) => look())
  })
  const closed = new Promise<{code: number; reason: string}>((resolve) =>
    socket.on('close', (code, reason) => resolve({code, reason: reason.toString()})),
  )
  await new Promise((resolve, reject) => {
    socket.on('open', resolve)
    socket.on('error', reject)
  })
  return {
    socket,
    frames,
    events: () => frames.filter(({type}) => !notices.includes(type)),
    send: (message) =>
      socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message)),
    frame: (type, count = 1) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`No ${type}: ${JSON.stringify(frames.slice(-5))}`)), 15_000)
        const look = () => {
          const found = frames.filter((frame) => frame.type === type)[count - 1]
          if (!found) return
          clearTimeout(timer)
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      }),
    closed,
    async close() {
      socket.close()
      await closed
    },
  }
}
