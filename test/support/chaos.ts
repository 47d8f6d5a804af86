import {sql} from 'kysely'
import {expect} from 'vitest'
import {systemClock} from '../../src/base/clock.ts'
import type {Random} from '../../src/base/ids.ts'
import type {ConfigRow} from '../../src/channels/accounts.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import {type Customer, type Sandbox, type SandboxOptions, startSandbox} from '../../src/sandbox/sandbox.ts'
import type {Engine} from '../../src/store/migration.ts'
import type {TenantDb} from '../../src/store/stores.ts'
import {type Bundle, type ChildServer, startChild} from './chaos-server.ts'
import {freePort} from './free-port.ts'
import {makePlace, type Place} from './stores.ts'
import {addTenant, applyTo, connect, eventually, INSTANCE, openTestRuntime, PHONE_NUMBER_ID} from './world.ts'

/** A flow that repeats what it hears, so that answers can be counted. */
export const echoFlow = `
flow: eco
name: Eco
trigger: {type: message_received}
nodes:
  - {id: inicio, type: start, next: eco}
  - {id: eco, type: message, data: {text: "eco {{response}}"}, next: fim}
  - {id: fim, type: end}
`

/** Providers here, PyTake in a process of its own that can be killed and started again at the same address. */
export interface Arena {
  place: Place
  sandbox: Sandbox
  runtime: Runtime
  db: TenantDb
  official: ConfigRow
  evolution: ConfigRow
  url: string
  /** Every text a customer said, and to whom. */
  said: Map<string, string>
  /** Someone new. */
  person(via: 'official' | 'evolution'): Customer
  /** Says something that nobody said before, as text or by other means. */
  say(who: Customer, how?: (text: string) => void): void
  start(env?: Record<string, string>, port?: number): Promise<ChildServer>
  close(): Promise<void>
}

export interface ArenaOptions {
  bundle: Bundle
  random: Random
  sandbox?: Partial<SandboxOptions>
  flows?: readonly string[]
  /** Called before anything is written there. */
  prepare?: (place: Place) => void
}

/** All servers of all arenas that run at once stay below the hundred that PostgreSQL takes by itself. */
const few = {DATABASE_MAX_CONNECTIONS: '3'}

export async function openArena(engine: Engine, options: ArenaOptions): Promise<Arena> {
  const {bundle, random} = options
  const place = await makePlace(engine)
  options.prepare?.(place)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const sandbox = await startSandbox({
    clock: systemClock,
    random,
    statusDelayMs: 20,
    retryAtMostMs: 300,
    ...options.sandbox,
  })
  const runtime = await openTestRuntime(place)
  const {db, official, evolution} = await addTenant(runtime, sandbox)
  await applyTo(runtime, db, options.flows ?? [echoFlow])
  connect(sandbox, url, evolution)
  const said = new Map<string, string>()
  const children: ChildServer[] = []
  let people = 0
  return {
    ...{place, sandbox, runtime, db, official, evolution, url, said},
    person(via) {
      people++
      const phone = `55119${String(80_000_000 + people)}`
      return sandbox.customer({
        phone,
        name: `Cliente ${people}`,
        via: via === 'official' ? PHONE_NUMBER_ID : INSTANCE,
      })
    },
    say(who, how = (text) => void who.say(text)) {
      const text = `m${said.size + 1}`
      said.set(text, who.via)
      how(text)
    },
    async start(env = {}, at = port) {
      const child = await startChild({
        bundle,
        port: at,
        env: {...place.env(), ...few, LOG_LEVEL: process.env.TEST_LOG || 'silent', ...env},
        loud: Boolean(process.env.TEST_LOG),
      })
      children.push(child)
      return child
    },
    async close() {
      await Promise.all(children.map((child) => child.kill()))
      await sandbox.close()
      await runtime.close()
      await place.remove()
    },
  }
}

/** Nothing is under way any more: no webhook, no pending turn, no job, nothing queued. */
export async function quiet(arena: Arena, timeoutMs = 40_000): Promise<void> {
  let calm = 0
  let busy = ''
  await eventually(async () => {
    const {rows} = await arena.db.read((q) =>
      sql<{inbox: number; outbox: number; jobs: number; sending: number}>`SELECT
        (SELECT count(*) FROM inbox WHERE state = 'pending') AS inbox,
        (SELECT count(*) FROM outbox WHERE state IN ('queued', 'claimed')) AS outbox,
        (SELECT count(*) FROM outbox WHERE state = 'sending') AS sending,
        (SELECT count(*) FROM jobs WHERE state IN ('pending', 'running') AND kind NOT LIKE 'schedule%') AS jobs`.execute(
        q,
      ),
    )
    const left = {...rows[0], webhooks: arena.sandbox.stats().pending}
    busy = JSON.stringify(left)
    calm = Object.values(left).every((count) => Number(count) === 0) ? calm + 1 : 0
    return calm >= 5
  }, timeoutMs).catch((error: unknown) => {
    throw new Error(`It did not come to rest: ${busy}`, {cause: error})
  })
}

const FINAL = ['sent', 'delivered', 'read', 'played', 'failed', 'expired', 'cancelled']

/** What has to be true whatever was killed when. */
export async function expectInvariants(arena: Arena, kills: number): Promise<{unknown: number; outbound: number}> {
  const {db, sandbox, said} = arena
  const {updatesLost, lastFailure} = sandbox.stats()
  expect(updatesLost, `updates the sandbox gave up, after an answer with ${lastFailure}`).toBe(0)
  const messages = await db.read((q) => q.selectFrom('messages').selectAll().orderBy('id').execute())
  const inbound = messages.filter(({direction}) => direction === 'inbound')
  const outbound = messages.filter(({direction}) => direction === 'outbound')
  expect(inbound.map(({content}) => content).sort(), 'each accepted message is stored once').toEqual(
    [...said.keys()].sort(),
  )
  expect(outbound.map(({content}) => content).sort(), 'each message has its one answer').toEqual(
    [...said.keys()].map((text) => `eco ${text}`).sort(),
  )
  expectNoRepeats(arena)
  await expectStates(arena, outbound, kills)
  await expectTidyTables(arena)
  return {unknown: outbound.filter(({status}) => status === 'unknown').length, outbound: outbound.length}
}

/** Nobody got the same answer twice, by the provider's own count. */
export function expectNoRepeats({sandbox}: Arena): void {
  const answers = sandbox
    .accepted()
    .map(({body}) => JSON.stringify(body).match(/eco m\d+/)?.[0])
    .filter((text) => text !== undefined)
  const repeated = answers.filter((text, at) => answers.indexOf(text) !== at)
  expect(repeated, 'answers that reached somebody twice').toEqual([])
}

interface Sent {
  id: string
  status: string | null
  content: string | null
  whatsapp_config_id: string
}

async function expectStates(
  {sandbox, official, evolution}: Arena,
  outbound: readonly Sent[],
  kills: number,
): Promise<void> {
  const open = outbound.filter(({status}) => status !== 'unknown' && !FINAL.includes(status ?? ''))
  expect(open, 'messages without an end').toEqual([])
  for (const config of [official, evolution]) {
    const unknown = outbound.filter((row) => row.whatsapp_config_id === config.id && row.status === 'unknown').length
    // Evolution has no callback data, so an answer that a fault swallowed may stay in doubt as well.
    const swallowed = config === evolution ? sandbox.stats().faulted : 0
    expect(unknown, 'one socketful in doubt for each kill').toBeLessThanOrEqual(32 * kills + swallowed)
  }
  const taken = new Set(sandbox.accepted().map(({callbackData}) => callbackData?.split('.')[0]))
  const unsettled = outbound.filter(
    ({id, status, whatsapp_config_id}) => whatsapp_config_id === official.id && taken.has(id) && status !== 'read',
  )
  expect(unsettled, 'what the provider took is settled by its statuses').toEqual([])
}

async function expectTidyTables({db}: Arena): Promise<void> {
  const events = await db.read((q) => q.selectFrom('events').select('seq').orderBy('seq').execute())
  const first = Number(events[0]?.seq ?? 0)
  const gap = events.findIndex(({seq}, at) => Number(seq) !== first + at)
  expect(gap, 'a gap in the event log').toBe(-1)
  const twice = await db.read((q) =>
    q
      .selectFrom('conversations')
      .select(['contact_id', 'whatsapp_config_id'])
      .where('status', 'in', ['active', 'waiting'])
      .groupBy(['contact_id', 'whatsapp_config_id'])
      .having((e) => e.fn.countAll(), '>', 1)
      .execute(),
  )
  expect(twice, 'two open conversations of one person and number').toEqual([])
  const outbox = await db.read((q) => q.selectFrom('outbox').select('state').execute())
  expect(outbox.filter(({state}) => state !== 'unknown')).toEqual([])
}
