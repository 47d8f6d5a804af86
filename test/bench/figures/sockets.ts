import {existsSync, readFileSync} from 'node:fs'
import {setTimeout as sleep} from 'node:timers/promises'
import {invoke} from '../../../src/operations/invoke.ts'
import {operator} from '../../../src/operations/principal.ts'
import {createTokenOperation} from '../../../src/operations/tokens.ts'
import {startChild} from '../child.ts'
import {type Context, type Served, serveOn} from '../context.ts'
import {below, type Figure, median, print, shareOf} from '../figure.ts'
import {addTenants, makePlace} from '../place.ts'

const CLIENTS = 10_000
const EVENTS = 10
/** Open files and connections beside those of the clients. */
const SPARE = 1000
/** More than a heartbeat: each client was asked once whether it lives. */
const SETTLED_MS = 35_000

/** Ten thousand followers that have nothing to hear: what they cost, how soon they hear, and what webhooks notice. */
export async function sockets(context: Context): Promise<Figure[]> {
  if (openFiles() < CLIENTS + SPARE) {
    process.stderr.write(
      `${CLIENTS} connections need more open files than this shell allows (ulimit -n): not measured.\n`,
    )
    return []
  }
  const [full, empty] = [await start(), await start()]
  const listeners = startChild('listeners')
  try {
    await listeners.call('open', {port: full.server.port, token: full.token, count: CLIENTS})
    await sleep(SETTLED_MS)
    const value = residentMb(full.server.pid)
    const late: number[] = []
    for (let n = 0; n < EVENTS; n++) {
      const all = listeners.call<number[]>('told')
      const sent = Date.now()
      await send(full.server.port, full.token, n)
      late.push(...(await all).map((at) => at - sent))
    }
    late.sort((a, b) => a - b)
    const p95 = late[Math.floor(late.length * 0.95)] ?? Number.NaN
    const {beside, without} = await rates(context, full.server, empty.server)
    return [
      print(below(280, {name: `resident memory with ${CLIENTS} idle WebSocket clients`, value, unit: 'MB'})),
      print(below(1000, {name: `one event to ${CLIENTS} WebSocket clients, p95`, value: p95, unit: 'ms'})),
      print(
        shareOf(without, {
          name: `webhooks committed beside ${CLIENTS} idle WebSocket clients, of those without`,
          value: beside,
          unit: 'webhooks/s',
          least: 0.9,
        }),
      ),
    ]
  } finally {
    await listeners.stop()
    await full.stop()
    await empty.stop()
  }
}

interface Started {
  server: Served
  token: string
  stop(): Promise<void>
}

/** A server of one tenant that takes that many clients of one token. */
async function start(): Promise<Started> {
  const place = await makePlace('sqlite')
  const runtime = await place.open()
  const [db] = await addTenants(runtime, 1)
  if (!db) throw new Error('No tenant.')
  const caller = {principal: operator('bench'), tenant: db.name}
  const {token} = await invoke(runtime, createTokenOperation, {name: 'followers'}, caller)
  await runtime.close()
  const most = String(CLIENTS + SPARE)
  const env = {
    API_SOCKETS_PER_CALLER: most,
    API_MAX_CONNECTIONS: most,
    RATE_LIMIT_BURST: most,
    RATE_LIMIT_PER_SECOND: most,
  }
  const server = await serveOn({...place, env: {...place.env, ...env}}, ['api', 'webhooks'])
  return {
    server,
    token,
    async stop() {
      await server.stop()
      await place.remove()
    },
  }
}

/** Webhooks a second with clients and without, in turns, so that both see the same machine. */
async function rates(context: Context, full: Served, empty: Served): Promise<{beside: number; without: number}> {
  const measured: {beside: number; without: number}[] = []
  for (let round = 0; round <= context.rounds; round++) {
    const one = {beside: await rate(context, full), without: await rate(context, empty)}
    // The first round warms both up.
    if (round > 0) measured.push(one)
  }
  const without = median(measured.map((one) => one.without))
  return {without, beside: without * median(measured.map((one) => one.beside / one.without))}
}

async function rate({load, seconds}: Context, server: Served): Promise<number> {
  await load.prepare({count: 30_000 * seconds, tenants: 1, customers: 5000})
  const {perSecond, refused, sent} = await load.run({port: server.port, connections: 64, seconds})
  if (refused > 0) throw new Error(`${refused} of ${sent} webhooks were refused.`)
  return perSecond
}

/** Queues a message: whoever follows the tenant is told. */
async function send(port: number, token: string, n: number): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/whatsapp/send-template`, {
    method: 'POST',
    headers: {authorization: `Bearer ${token}`, 'content-type': 'application/json'},
    body: JSON.stringify({to: `+55119876500${String(n).padStart(2, '0')}`, name: 'oferta', language: 'pt_BR'}),
  })
  if (answer.status !== 202) throw new Error(await answer.text())
}

function residentMb(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) / 1024
}

/** How many files a process may open here; none where that cannot be read. */
function openFiles(): number {
  if (!existsSync('/proc/self/limits')) return 0
  const most = /Max open files\s+(\d+|unlimited)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
  return most === 'unlimited' ? Number.POSITIVE_INFINITY : Number(most ?? 0)
}
