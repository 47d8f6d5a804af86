import {setMaxListeners} from 'node:events'
import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {basename, join} from 'node:path'
import {systemClock} from './base/clock.ts'
import {parseConfig} from './base/config.ts'
import type {EventRecord} from './base/events.ts'
import {systemRandom} from './base/ids.ts'
import {localClient, type LocalClient} from './operations/local.ts'
import {returnConversation} from './operations/conversations.ts'
import {applyFlowsOperation} from './operations/flow-deploy.ts'
import {createTenantOperation} from './operations/tenants.ts'
import {addWhatsappConfig} from './operations/whatsapp-configs.ts'
import {openRuntime, type Runtime} from './runtime/runtime.ts'
import {type Pace, type People, people} from './sandbox/people.ts'
import {type Sandbox, startSandbox} from './sandbox/sandbox.ts'
import {type Server, startServer} from './server.ts'

const PHONE_NUMBER_ID = '106540352242922'
const WABA_ID = '102290129340398'
const INSTANCE = 'demo'
const OFFICIAL_PHONE = '551140000001'
const EVOLUTION_PHONE = '551140000002'
const LOOK_EVERY_MS = 300
/** How long is waited for what is on its way: when everybody has talked, and when somebody is waiting at the keyboard. */
const SETTLE_MS = 15_000
const SETTLE_AT_LEAVING_MS = 2000

/** What one conversation with the flow takes: a greeting, a choice, what is asked for, a mark for the service. */
const CONVERSATION = 4
/** All at once, so that there is something to see; then a few of them now and then, for whoever looks around. */
const paces = {
  brief: {maxMessages: CONVERSATION, thinkMs: [150, 600], quietMs: 10_000},
  lively: {maxMessages: CONVERSATION, thinkMs: [500, 2500], quietMs: 15_000},
  calm: {maxMessages: Number.POSITIVE_INFINITY, thinkMs: [10_000, 30_000], quietMs: 60_000},
} as const satisfies Record<string, Pace>
const REGULARS = 3

export interface DemoOptions {
  /** Folder that holds `flows/boas-vindas.yaml`. */
  templates: string
  /** A dozen people who say little and quickly, for `--once`. */
  brief: boolean
  port: number
  osUser: string
  onStep: (name: string, text: string) => void
  onEvent: (event: EventRecord) => void
}

export interface Summary {
  customers: number
  in: number
  out: number
  delivered: number
  /** Said to a stand-in and not stored here. */
  lost: number
  /** The same message of ours accepted more than once. */
  twice: number
}

export interface Demo {
  home: string
  url: string
  tenantId: string
  runtime: Runtime
  /** Resolves when every customer has had a conversation, and all of it is settled. */
  finished: Promise<void>
  /** A few customers come back now and then, until `leave` or `stop`. */
  goOn(): void
  /** No customer says anything more; what is on its way arrives, if it takes no more than a moment. */
  leave(): Promise<void>
  summary(): Promise<Summary>
  stop(): Promise<void>
}

/** The whole platform in a temporary folder, with stand-ins for the providers and a dozen customers who talk to it. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const home = mkdtempSync(join(tmpdir(), 'pytake-demo-'))
  const removeHome = () => rmSync(home, {recursive: true, force: true})
  // However the process ends while it can still do something, what it made up is not left behind.
  process.once('exit', removeHome)
  const config = parseConfig({PYTAKE_HOME: home, LOG_LEVEL: 'silent', METRICS_ENABLED: 'false'})
  const runtime = await openRuntime({config})
  const steps: (() => Promise<void>)[] = [() => runtime.close()]
  const stop = async () => {
    for (const step of steps.reverse()) await step()
    removeHome()
    process.off('exit', removeHome)
  }
  try {
    options.onStep('store', 'SQLite, in a temporary folder')
    const sandbox = await openSandbox(options)
    steps.push(() => sandbox.close())
    const scene = await setScene(options, {runtime, sandbox})
    steps.push(() => scene.server.stop())
    const staff = attendant(scene.client, options.brief ? 300 : 2000)
    steps.push(() => staff.stop())
    const onEvent = (event: EventRecord) => {
      options.onEvent(event)
      staff.hear(event)
    }
    steps.push(watchEvents(runtime, scene.tenantId, onEvent))
    const play = startPlay({runtime, sandbox, tenantId: scene.tenantId}, options.brief)
    steps.push(() => play.leave())
    return {home, url: scene.server.url, tenantId: scene.tenantId, runtime, ...play, stop}
  } catch (error) {
    await stop()
    throw error
  }
}

async function openSandbox({onStep}: DemoOptions): Promise<Sandbox> {
  const faults = ['POST */messages: 130429 1%', 'POST */messages: 500 2%', 'WEBHOOK status: duplicate 5%']
  const sandbox = await startSandbox({
    clock: systemClock,
    random: systemRandom,
    faults,
    latencyMs: 15,
    statusDelayMs: 250,
  })
  onStep('sandbox', `Cloud API on ${hostOf(sandbox.cloudUrl)} · Evolution on ${hostOf(sandbox.evolutionUrl)}`)
  onStep('faults', '429 and 500 for 3 % of what is sent, 5 % of the statuses twice')
  return sandbox
}

const hostOf = (url: string) => new URL(url).host

interface Scene {
  server: Server
  tenantId: string
  client: LocalClient
}

async function setScene(
  options: DemoOptions,
  {runtime, sandbox}: {runtime: Runtime; sandbox: Sandbox},
): Promise<Scene> {
  const {onStep} = options
  const platform = localClient(runtime, {osUser: options.osUser})
  const tenant = await platform.call(createTenantOperation, {
    name: 'Provedor Exemplo',
    plan: 'growth',
    limits: {messages_per_month: null},
  })
  onStep('tenant', 'Provedor Exemplo (growth)')
  const client = localClient(runtime, {osUser: options.osUser, tenant: tenant.id})
  const secrets = {token: key(), app: key(), instance: key(), webhook: key()}
  const numbers = await addNumbers(client, sandbox, secrets)
  onStep('numbers', `${written(OFFICIAL_PHONE)} official · ${written(EVOLUTION_PHONE)} evolution`)
  const path = join(options.templates, 'flows', 'boas-vindas.yaml')
  const {data} = await client.call(applyFlowsOperation, {
    files: [{name: basename(path), text: readFileSync(path, 'utf8')}],
  })
  const [flow] = data
  onStep(
    'flow',
    `${flow?.flow} r${flow?.version} · ${flow?.nodes.length} nodes · keywords ${flow?.trigger_value?.replaceAll(',', ', ')}`,
  )
  const server = await startServer(runtime, {host: '127.0.0.1', port: options.port, only: [], insecureWebhooks: false})
  onStep('server', `${server.url} · webhook /api/v1/whatsapp/webhook`)
  const webhook = `${server.url}/api/v1/whatsapp/webhook`
  sandbox.addNumber({
    phoneNumberId: PHONE_NUMBER_ID,
    wabaId: WABA_ID,
    displayPhone: OFFICIAL_PHONE,
    token: secrets.token,
    appSecret: secrets.app,
    webhookUrl: webhook,
  })
  sandbox.addInstance({
    name: INSTANCE,
    apiKey: secrets.instance,
    ownerPhone: EVOLUTION_PHONE,
    webhookUrl: `${webhook}/${numbers.evolution}`,
    webhookSecretHeader: {name: 'X-Webhook-Secret', value: secrets.webhook},
  })
  return {server, tenantId: tenant.id, client}
}

/** A Brazilian number as people write it. */
const written = (digits: string) => digits.replace(/^(\d\d)(\d\d)(\d+)(\d{4})$/, '+$1 $2 $3-$4')

const key = () => systemRandom.bytes(16).toString('hex')

interface Secrets {
  token: string
  app: string
  instance: string
  webhook: string
}

async function addNumbers(client: LocalClient, sandbox: Sandbox, secrets: Secrets): Promise<{evolution: string}> {
  const unlimited = {daily_limit: null, rate_limit_per_minute: null}
  await client.call(addWhatsappConfig, {
    name: 'oficial',
    api_type: 'official',
    phone_number: `+${OFFICIAL_PHONE}`,
    phone_number_id: PHONE_NUMBER_ID,
    business_account_id: WABA_ID,
    access_token: secrets.token,
    app_secret: secrets.app,
    api_url: sandbox.cloudUrl,
    ...unlimited,
  })
  const evolution = await client.call(addWhatsappConfig, {
    name: 'evolution',
    api_type: 'evolution',
    phone_number: `+${EVOLUTION_PHONE}`,
    evolution_instance: INSTANCE,
    evolution_api_key: secrets.instance,
    webhook_secret: secrets.webhook,
    api_url: sandbox.evolutionUrl,
    ...unlimited,
  })
  return {evolution: evolution.id}
}

/** Gives out each event once, in order, as soon as it is committed. Returns what stops it. */
function watchEvents({stores}: Runtime, tenantId: string, onEvent: (event: EventRecord) => void): () => Promise<void> {
  let after = 0
  let reading: Promise<void> | undefined
  let wanted = false
  const read = async () => {
    while (wanted) {
      wanted = false
      const rows = await stores
        .tenant(tenantId)
        .read((q) => q.selectFrom('events').selectAll().where('seq', '>', after).orderBy('seq').execute())
      for (const {seq, type, data, created_at} of rows) {
        after = seq
        onEvent({cursor: String(seq), at: created_at.toISOString(), type, data})
      }
    }
    reading = undefined
  }
  const stop = stores.onEvents((database) => {
    if (database !== tenantId) return
    wanted = true
    reading ??= read()
  })
  return async () => {
    stop()
    await reading
  }
}

/** The person behind the flow's queues: gives what is handed over back to the bot, a little later. */
function attendant(
  client: LocalClient,
  takesMs: number,
): {hear: (event: EventRecord) => void; stop: () => Promise<void>} {
  const leaving = new AbortController()
  setMaxListeners(0, leaving.signal)
  const attending = new Set<Promise<void>>()
  const attend = async (id: string) => {
    await systemClock.sleep(takesMs, leaving.signal)
    // Somebody at another terminal may have been quicker, and that is as well.
    if (!leaving.signal.aborted) await client.call(returnConversation, {id}).catch(() => undefined)
  }
  return {
    hear({type, data: {conversation_id: id, status, queue}}) {
      // Without a queue it was handed over by hand, to whoever did that.
      if (type !== 'conversation_updated' || status !== 'waiting' || typeof queue !== 'string') return
      const one = attend(String(id)).finally(() => attending.delete(one))
      attending.add(one)
    },
    async stop() {
      leaving.abort()
      await Promise.all(attending)
    },
  }
}

interface Stage {
  runtime: Runtime
  sandbox: Sandbox
  tenantId: string
}

/** The customers, from their first word to the last. */
function startPlay(stage: Stage, brief: boolean): Pick<Demo, 'finished' | 'goOn' | 'leave' | 'summary'> {
  const crowd = people(stage.sandbox, {
    clock: systemClock,
    numbers: [PHONE_NUMBER_ID, PHONE_NUMBER_ID, INSTANCE],
    greetings: ['oi', 'olá', 'menu', 'Oi!'],
    ...(brief ? paces.brief : paces.lively),
  })
  let until = Number.POSITIVE_INFINITY
  const settle = () => {
    until = Math.min(until, systemClock.now() + SETTLE_MS)
    return settled(stage, () => until)
  }
  const finished = crowd.done.then(settle)
  let talking = finished
  return {
    finished,
    goOn: () => void (talking = crowd.again(REGULARS, paces.calm).then(settle)),
    async leave() {
      crowd.stop()
      until = systemClock.now() + SETTLE_AT_LEAVING_MS
      await talking
    },
    summary: () => summarise(stage, crowd),
  }
}

/** Waits until nothing is on its way any more, in either direction, or time is up. */
async function settled({runtime, sandbox, tenantId}: Stage, until: () => number): Promise<void> {
  let calm = 0
  // Twice in a row: what leaves one side between two looks has reached the other by the next.
  while (calm < 2 && systemClock.now() < until()) {
    const open = await runtime.stores.tenant(tenantId).read(async (q) => {
      const inbox = await q.selectFrom('inbox').select('id').where('state', '=', 'pending').limit(1).execute()
      const outbox = await q.selectFrom('outbox').select('id').limit(1).execute()
      return inbox.length + outbox.length
    })
    calm = open + sandbox.stats().pending === 0 ? calm + 1 : 0
    if (calm < 2) await systemClock.sleep(LOOK_EVERY_MS)
  }
}

async function summarise({runtime, sandbox, tenantId}: Stage, crowd: People): Promise<Summary> {
  const rows = await runtime.stores.tenant(tenantId).read((q) =>
    q
      .selectFrom('messages')
      .select(['direction', 'status', (e) => e.fn.countAll<number>().as('n')])
      .groupBy(['direction', 'status'])
      .execute(),
  )
  const count = (direction: string, statuses?: readonly string[]) =>
    rows
      .filter((row) => row.direction === direction && (!statuses || statuses.includes(row.status ?? '')))
      .reduce((sum, row) => sum + Number(row.n), 0)
  const ids = sandbox.accepted().flatMap(({callbackData}) => (callbackData ? [callbackData.split('.')[0]] : []))
  return {
    customers: crowd.customers.length,
    in: count('inbound'),
    out: count('outbound'),
    delivered: count('outbound', ['delivered', 'read', 'played']),
    lost: Math.max(0, crowd.said() - count('inbound')),
    twice: ids.length - new Set(ids).size,
  }
}
