import {notFound, PytakeError} from '../base/errors.ts'
import type {ApiType, Channel, ChannelEvent, WebhookRequest} from '../channels/channel.ts'
import {markVerified, type Route, type RouteTable} from '../channels/routes.ts'
import type {Runtime} from '../runtime/runtime.ts'
import {type DeadLetter, keepDeadLetters} from './dead-letters.ts'
import type {Delivery} from './delivery-batch.ts'
import type {InboxWriter} from './inbox-writer.ts'
import {parseBody} from './json-body.ts'
import {withoutSecrets} from './raw-body.ts'
import type {Rejections} from './rejections.ts'
import {type Refused, type Verified, type VerifyContext, verifyConfig, verifyShared} from './verify.ts'

export interface ReceiverOptions {
  channels: Record<ApiType, Channel>
  routes: RouteTable
  inbox: InboxWriter
  rejections: Rejections
  sharedSecret?: string
  sharedVerifyToken?: string
  insecure: boolean
}

export interface Receiver {
  /** Meta's handshake: the challenge to answer, or undefined when mode or token is wrong. */
  handshake(query: {mode?: string; token?: string; challenge?: string}): Promise<string | undefined>
  /** Takes a webhook in; resolves when it may be answered with 200. Throws the error to answer with. */
  receive(request: WebhookRequest, configId?: string): Promise<Receipt>
}

export interface Receipt {
  stored: number
  repeated: number
  /** Changes signed with a secret that is not their config's. */
  foreign: number
  dead: number
}

type Deps = Pick<Runtime, 'stores' | 'clock' | 'log'>

/** The way in of every webhook: check, parse, store, and only then say 200 (design, section 5). */
export function createReceiver(deps: Deps, options: ReceiverOptions): Receiver {
  const {routes, rejections} = options
  return {
    async handshake({mode, token, challenge}) {
      await routes.refresh()
      const tokens = [options.sharedVerifyToken, ...routes.all().map((route) => route.secrets.verify_token)]
      return mode === 'subscribe' && token && tokens.includes(token) ? (challenge ?? '') : undefined
    },
    async receive(request, configId) {
      const body = parseBody(request.rawBody)
      await routes.refresh()
      const route = configId === undefined ? undefined : routes.byConfig(configId)
      if (configId !== undefined && !route) throw notFound('This webhook address')
      const channel = options.channels[route?.apiType ?? 'official']
      const context: VerifyContext = {channel, routes, sharedSecret: options.sharedSecret, insecure: options.insecure}
      const verdict = route ? verifyConfig(context, request, route) : verifyShared(context, request, numbersIn(body))
      if ('refused' in verdict) throw refuse(rejections, verdict, route)
      if (route?.apiType === 'evolution') checkInstance(rejections, body, route)
      const sorted = sort(channel.parse(body), {routes, verdict, route})
      await keepDeadLetters(deps, sorted.dead)
      const receipt = await storeAll(deps, options, sorted, rawText(request, route))
      confirm(deps, sorted.routes)
      if (sorted.foreign > 0) rejections.count('foreign', {})
      return {...receipt, foreign: sorted.foreign, dead: sorted.dead.length}
    },
  }
}

function refuse(rejections: Rejections, {refused}: Refused, route: Route | undefined): PytakeError {
  rejections.count(refused, {config_id: route?.configId, tenant_id: route?.tenantId})
  if (refused === 'signature') {
    return new PytakeError('UNAUTHORIZED', 'The signature does not match.', {
      help: 'Check the app secret: pytake whatsapp edit NAME --app-secret-file FILE',
    })
  }
  return new PytakeError('UNAVAILABLE', 'No secret is set that could check this webhook.', {
    help: 'Set one: pytake whatsapp edit NAME --app-secret-file FILE, or WHATSAPP_WEBHOOK_SECRET.',
  })
}

function checkInstance(rejections: Rejections, body: object, route: Route): void {
  const instance = (body as {instance?: unknown}).instance
  if (instance === route.number) return
  rejections.count('instance', {config_id: route.configId, tenant_id: route.tenantId})
  throw new PytakeError('UNAUTHORIZED', 'This webhook is of another instance.')
}

/** The only things read before the signature is known to be good. */
function numbersIn(body: object): string[] {
  const numbers = new Set<string>()
  for (const entry of list((body as {entry?: unknown}).entry)) {
    for (const change of list((entry as {changes?: unknown} | null)?.changes)) {
      const value = (change as {value?: {metadata?: {phone_number_id?: unknown}}} | null)?.value
      const id = value?.metadata?.phone_number_id
      if (typeof id === 'string') numbers.add(id)
    }
  }
  return [...numbers]
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

interface Sorted {
  byTenant: Map<string, Delivery['events']>
  routes: Set<Route>
  dead: DeadLetter[]
  foreign: number
}

interface Whose {
  routes: RouteTable
  verdict: Verified
  /** The config whose own address was called. */
  route: Route | undefined
}

/** Finds each event's config. One signed with another config's secret does not count; one that nobody owns is kept apart. */
function sort(events: readonly ChannelEvent[], whose: Whose): Sorted {
  const sorted: Sorted = {byTenant: new Map(), routes: new Set(), dead: [], foreign: 0}
  for (const event of events) {
    const claims = claimsOn(event, whose)
    if (claims.length === 0) {
      sorted.dead.push({reason: 'unowned', number: event.number, body: JSON.stringify(event)})
      continue
    }
    const good = claims.filter((route) => whose.verdict.counts(route))
    if (good.length === 0) sorted.foreign++
    for (const route of event.number ? good.slice(0, 1) : onePerTenant(good)) {
      const list = sorted.byTenant.get(route.tenantId) ?? []
      list.push({configId: route.configId, event})
      sorted.byTenant.set(route.tenantId, list)
      sorted.routes.add(route)
    }
  }
  return sorted
}

function claimsOn(event: ChannelEvent, {routes, route}: Whose): readonly Route[] {
  if (route?.apiType === 'evolution') return [route]
  if (event.number) {
    const claims = routes.byNumber('official', event.number)
    return route
      ? claims.filter((claim) => claim.configId === route.configId || claim.tenantId === route.tenantId)
      : claims
  }
  return event.businessAccountId ? routes.byBusinessAccount(event.businessAccountId) : route ? [route] : []
}

function onePerTenant(routes: readonly Route[]): Route[] {
  const seen = new Map<string, Route>()
  for (const route of routes) if (!seen.has(route.tenantId)) seen.set(route.tenantId, route)
  return [...seen.values()]
}

const rawText = ({rawBody}: WebhookRequest, route: Route | undefined) =>
  route?.apiType === 'evolution' ? withoutSecrets(rawBody.toString('utf8')) : rawBody.toString('utf8')

/** Commits tenant by tenant; a tenant whose database is broken sends its events to the dead letters. */
async function storeAll(
  deps: Deps,
  {inbox}: ReceiverOptions,
  sorted: Sorted,
  raw: string,
): Promise<{stored: number; repeated: number}> {
  const receivedAt = deps.clock.now()
  const results = await Promise.all(
    [...sorted.byTenant].map(async ([tenantId, events]) => {
      try {
        return await inbox.store(tenantId, {events, raw, receivedAt})
      } catch (error) {
        if (sorted.byTenant.size === 1) throw error
        const letters = events.map(({configId, event}): DeadLetter => ({
          reason: 'tenant_broken',
          ...{tenantId, configId, number: event.number},
          body: JSON.stringify(event),
        }))
        await keepDeadLetters(deps, letters)
        return {stored: 0, repeated: 0}
      }
    }),
  )
  return results.reduce((sum, one) => ({stored: sum.stored + one.stored, repeated: sum.repeated + one.repeated}), {
    stored: 0,
    repeated: 0,
  })
}

/** The first good signature proves the claim on a number. */
function confirm(deps: Deps, routes: ReadonlySet<Route>): void {
  for (const route of routes) {
    if (route.verified) continue
    route.verified = true
    void markVerified(deps, route.configId).catch((error: unknown) => {
      route.verified = false
      deps.log.warn({config: route.configId, error: String(error)}, 'a verified route could not be recorded')
    })
  }
}
