import {createHmac} from 'node:crypto'
import {createSink, type Sink} from '../sink.ts'
import type {World} from '../world.ts'
import type {Evolution, EvolutionUpdate, Instance, WebhookRow} from './instance.ts'

const LANES = 16
const TRIES = 10
const FIRST_WAIT_MS = 5000
const LONGEST_WAIT_MS = 300_000
const JITTER = 0.2
const NOT_RETRIED = new Set([400, 401, 403, 404, 422])
const TOKEN_SECONDS = 600
/** The server writes its local time with a Z; ours stands in Brazil. */
const LOCAL_OFFSET_MS = -3 * 3_600_000

/** One POST per event, with the instance's own headers; up to ten tries, none after a 4xx that means no. */
export function createInstanceWebhook(world: World, evolution: Evolution, instance: Instance): Sink<EvolutionUpdate> {
  return createSink<EvolutionUpdate>(world, {
    batch: 1,
    lanes: LANES,
    write([update]) {
      const row = instance.webhook
      if (!update || !row?.enabled || !listens(row, update.event)) return undefined
      const body = JSON.stringify({
        event: update.event,
        instance: instance.name,
        data: update.data,
        destination: row.url,
        date_time: new Date(world.clock.now() + LOCAL_OFFSET_MS).toISOString(),
        sender: instance.ownerJid,
        server_url: evolution.url,
        apikey: instance.token,
      })
      const url = row.webhookByEvents ? `${row.url.replace(/\/$/, '')}/${update.event.replace(/\./g, '-')}` : row.url
      return {url, headers: headersOf(row, world.clock.now()), body}
    },
    retryAfter(attempt, status) {
      if (attempt >= TRIES || NOT_RETRIED.has(status)) return undefined
      const wait = Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS)
      return wait * (1 + JITTER * (2 * world.random.number() - 1))
    },
  })
}

function listens(row: WebhookRow, event: string): boolean {
  return row.events.length === 0 || row.events.includes(event.replace(/[.-]/g, '_').toUpperCase())
}

function headersOf(row: WebhookRow, now: number): Record<string, string> {
  const {jwt_key: key, ...headers} = row.headers
  if (key !== undefined) headers.authorization = `Bearer ${webhookToken(key, Math.floor(now / 1000))}`
  return {'content-type': 'application/json', ...headers}
}

/** HS256 token that stands in for the `jwt_key` header. */
function webhookToken(key: string, iat: number): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = {iat, exp: iat + TOKEN_SECONDS, app: 'evolution', action: 'webhook'}
  const signed = `${part({alg: 'HS256', typ: 'JWT'})}.${part(claims)}`
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`
}

/** A webhook row as `webhook/find` shows it. */
export function webhookRow(
  world: World,
  instance: Instance,
  options: {
    url: string
    headers?: Record<string, string>
    enabled?: boolean
    byEvents?: boolean
    base64?: boolean
    events?: string[]
  },
): WebhookRow {
  const now = new Date(world.clock.now()).toISOString()
  return {
    id: world.ids.next(),
    url: options.url,
    headers: options.headers ?? {},
    enabled: options.enabled ?? true,
    events: options.events ?? [],
    webhookByEvents: options.byEvents ?? false,
    webhookBase64: options.base64 ?? false,
    createdAt: now,
    updatedAt: now,
    instanceId: instance.id,
  }
}
