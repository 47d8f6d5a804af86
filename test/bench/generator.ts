import {connect, type Socket} from 'node:net'

export interface LoadPlan {
  port: number
  connections: number
  seconds: number
  /** Requests a second, started on time whether or not the earlier ones were answered; as many as possible when absent. */
  rate?: number
  /** Begin at the first request again when all were sent; otherwise that ends the load. */
  repeat?: boolean
}

export interface LoadResult {
  perSecond: number
  /** Milliseconds from when a request was due to its answer. */
  p50: number
  p95: number
  p99: number
  refused: number
  sent: number
}

export interface Load {
  run(): Promise<LoadResult>
}

/** A load generator that costs little beside what it measures: sockets, requests made in advance, answers counted. */
export function createLoad(requests: Buffer[], plan: LoadPlan): Load {
  return {
    async run() {
      const lines = await Promise.all(Array.from({length: plan.connections}, () => open(plan.port)))
      const state: State = {requests, plan, next: 0, latencies: [], refused: 0, until: 0, due: 0, startedAt: 0}
      state.startedAt = performance.now()
      state.until = state.startedAt + plan.seconds * 1000
      await Promise.all(lines.map((line) => drive(state, line)))
      const seconds = (performance.now() - state.startedAt) / 1000
      for (const {socket} of lines) socket.destroy()
      // What a load run used up is not sent again by the next one.
      if (!plan.repeat) requests.splice(0, state.next)
      const sorted = state.latencies.sort((a, b) => a - b)
      const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
      return {
        perSecond: sorted.length / seconds,
        p50: at(0.5),
        p95: at(0.95),
        p99: at(0.99),
        refused: state.refused,
        sent: state.next,
      }
    },
  }
}

interface State {
  requests: Buffer[]
  plan: LoadPlan
  next: number
  latencies: number[]
  refused: number
  until: number
  /** How many requests were taken by the pace. */
  due: number
  startedAt: number
}

interface Line {
  socket: Socket
  /** Resolves with the status of the answer to the request just written. */
  ask(request: Buffer): Promise<number>
}

async function drive(state: State, line: Line): Promise<void> {
  const {plan, requests} = state
  for (;;) {
    let from = performance.now()
    if (plan.rate !== undefined) {
      const due = state.startedAt + (state.due++ * 1000) / plan.rate
      if (due >= state.until) return
      if (due > from) await new Promise((resolve) => setTimeout(resolve, due - from))
      from = due
    }
    if (from >= state.until) return
    if (state.next >= requests.length) {
      if (!plan.repeat) return
      state.next = 0
    }
    const request = requests[state.next++]
    if (!request) return
    const status = await line.ask(request)
    state.latencies.push(performance.now() - from)
    if (status < 200 || status > 299) state.refused++
  }
}

function open(port: number): Promise<Line> {
  return new Promise((resolve, reject) => {
    const socket = connect({host: '127.0.0.1', port, noDelay: true})
    let answer = ''
    let settle: ((status: number) => void) | undefined
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      answer += text
      const head = answer.indexOf('\r\n\r\n')
      if (head === -1) return
      const length = Number(/content-length: (\d+)/i.exec(answer)?.[1] ?? 0)
      if (answer.length < head + 4 + length) return
      const status = Number(answer.slice(9, 12))
      answer = ''
      settle?.(status)
    })
    socket.once('error', reject)
    socket.once('close', () => settle?.(0))
    socket.once('connect', () =>
      resolve({
        socket,
        ask: (request) =>
          new Promise((done) => {
            settle = done
            socket.write(request)
          }),
      }),
    )
  })
}
