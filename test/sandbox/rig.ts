import {createHmac} from 'node:crypto'
import {createServer, type IncomingHttpHeaders} from 'node:http'
import type {AddressInfo} from 'node:net'
import {setImmediate as breathe} from 'node:timers/promises'
import {type Clock, systemClock} from '../../src/base/clock.ts'
import type {Random} from '../../src/base/ids.ts'
import {type NumberOptions, type Sandbox, type SandboxOptions, startSandbox} from '../../src/sandbox/sandbox.ts'

/** JSON off the wire, whose shape is what the tests are about. */
export type Wire = ReturnType<typeof JSON.parse>

/** Randomness that repeats. */
export function seeded(seed = 1): Random {
  let state = seed
  const number = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  return {number, bytes: (length) => Buffer.from(Array.from({length}, () => Math.floor(number() * 256)))}
}

export interface FakeClock extends Clock {
  /** Moves time on, waking what is due in its order and letting the network catch up. */
  advance(ms: number): Promise<void>
}

export function fakeClock(start = Date.parse('2026-12-01T12:00:00Z')): FakeClock {
  let now = start
  let sleepers: {at: number; wake: () => void}[] = []
  const settle = async () => {
    for (let turn = 0; turn < 60; turn++) await breathe()
  }
  return {
    now: () => now,
    monotonic: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const sleeper = {at: now + ms, wake: resolve}
        sleepers.push(sleeper)
        signal?.addEventListener('abort', () => {
          sleepers = sleepers.filter((one) => one !== sleeper)
          resolve()
        })
      }),
    async advance(ms) {
      const end = now + ms
      await settle()
      for (;;) {
        const next = sleepers.filter((one) => one.at <= end).sort((a, b) => a.at - b.at)[0]
        if (!next) break
        now = Math.max(now, next.at)
        sleepers = sleepers.filter((one) => one !== next)
        next.wake()
        await settle()
      }
      now = end
      await settle()
    },
  }
}

export interface Posted {
  path: string
  headers: IncomingHttpHeaders
  raw: Buffer
  body: Wire
}

/** A webhook receiver that keeps what it got and answers what it is told. */
export async function receiver(answer: (posted: Posted, count: number) => number | Promise<number> = () => 200) {
  const posts: Posted[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    if (request.method === 'GET') {
      const good = url.searchParams.get('hub.verify_token') === 'verify-me'
      response.writeHead(good ? 200 : 403, {'content-type': 'text/plain'})
      response.end(good ? url.searchParams.get('hub.challenge') : '')
      return
    }
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const raw = Buffer.concat(chunks)
      const posted = {path: url.pathname, headers: request.headers, raw, body: JSON.parse(raw.toString())}
      posts.push(posted)
      void Promise.resolve(answer(posted, posts.length)).then((status) => {
        if (status === 0) return response.destroy()
        response.writeHead(status)
        response.end()
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    posts,
    /** Values of all `messages` changes, in the order they came. */
    values: () =>
      posts.flatMap((post) => post.body.entry ?? []).flatMap((e: Wire) => e.changes.map((c: Wire) => c.value)),
    statuses: () => posts.flatMap(changesOf).flatMap((value: Wire) => value.statuses ?? []),
    messages: () => posts.flatMap(changesOf).flatMap((value: Wire) => value.messages ?? []),
    events: () => posts.map((post) => post.body),
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}
export type Receiver = Awaited<ReturnType<typeof receiver>>

const changesOf = (post: Posted) =>
  (post.body.entry ?? []).flatMap((entry: Wire) => entry.changes.map((change: Wire) => change.value))

export const TOKEN = 'EAAG-token'
export const SECRET = '0123456789abcdef0123456789abcdef'
export const PNID = '100000000000002'
export const WABA = '100000000000001'

/** A sandbox with one number, one receiver and no waiting unless the options say so. */
export async function rig(options: Partial<SandboxOptions> & {number?: Partial<NumberOptions>; hook?: Receiver} = {}) {
  const hook = options.hook ?? (await receiver())
  const sandbox = await startSandbox({clock: systemClock, random: seeded(), statusDelayMs: 0, ...options})
  sandbox.addNumber({
    phoneNumberId: PNID,
    wabaId: WABA,
    displayPhone: '+55 11 4000-0001',
    token: TOKEN,
    appSecret: SECRET,
    webhookUrl: hook.url,
    verifyToken: 'verify-me',
    ...options.number,
  })
  return {
    sandbox,
    hook,
    graph: (method: string, path: string, body?: unknown, token = TOKEN) => graph(sandbox, method, path, {body, token}),
    send: (message: Record<string, unknown>) =>
      graph(sandbox, 'POST', `/v25.0/${PNID}/messages`, {
        body: {messaging_product: 'whatsapp', ...message},
        token: TOKEN,
      }),
    async [Symbol.asyncDispose]() {
      await sandbox.close()
      await hook.close()
    },
  }
}

export async function graph(sandbox: Sandbox, method: string, path: string, more: {body?: unknown; token?: string}) {
  const {body, token} = more
  const response = await fetch(sandbox.cloudUrl + path, {
    method,
    headers: {...(token ? {authorization: `Bearer ${token}`} : {}), 'content-type': 'application/json'},
    body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
  })
  return {status: response.status, body: (await response.json()) as Wire}
}

export const hmac = (raw: Buffer, secret: string) => `sha256=${createHmac('sha256', secret).update(raw).digest('hex')}`

export const text = (to: string, body: string) => ({to, type: 'text', text: {body}})
