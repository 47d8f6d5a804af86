import type {Channel, WebhookRequest} from '../channels/channel.ts'
import type {Route, RouteTable} from '../channels/routes.ts'

/** Beyond this size a signature is tried against the configs that the body names only. */
const TRY_ALL_BYTES = 64 * 1024
const MOST_SECRETS = 64

export interface Verified {
  /** Does a change for this route count, given the secret that matched? */
  counts(route: Route): boolean
}

export interface Refused {
  refused: 'signature' | 'no_secret'
}

export interface VerifyContext {
  channel: Channel
  routes: RouteTable
  /** `WHATSAPP_WEBHOOK_SECRET`. */
  sharedSecret: string | undefined
  /** `--insecure-webhooks`: nothing is checked. */
  insecure: boolean
}

/** Checks a webhook of the shared address: which secret signed it decides whose changes count. */
export function verifyShared(
  context: VerifyContext,
  request: WebhookRequest,
  numbers: readonly string[],
): Verified | Refused {
  if (context.insecure) return {counts: () => true}
  const {routes, sharedSecret} = context
  const named = numbers.flatMap((number) => routes.byNumber('official', number))
  const secrets = new Set<string>(sharedSecret ? [sharedSecret] : [])
  for (const route of named) for (const secret of appSecrets(route)) secrets.add(secret)
  if (request.rawBody.length <= TRY_ALL_BYTES) {
    for (const route of routes.all()) {
      if (secrets.size >= MOST_SECRETS) break
      for (const secret of appSecrets(route)) secrets.add(secret)
    }
  }
  return match(context, request, [...secrets])
}

/** Checks a webhook of one config's own address. */
export function verifyConfig(context: VerifyContext, request: WebhookRequest, route: Route): Verified | Refused {
  if (context.insecure) return {counts: () => true}
  const own = route.apiType === 'evolution' ? [route.secrets.webhook_secret].filter(isText) : appSecrets(route)
  const shared = own.length === 0 && route.apiType === 'official' && context.sharedSecret
  return match(context, request, shared ? [shared] : own)
}

function match(context: VerifyContext, request: WebhookRequest, secrets: readonly string[]): Verified | Refused {
  if (secrets.length === 0) return {refused: 'no_secret'}
  const matched = secrets.find((secret) => context.channel.verify(request, [secret]))
  if (matched === undefined) return {refused: 'signature'}
  return {
    counts(route) {
      if (route.apiType === 'evolution') return route.secrets.webhook_secret === matched
      const own = appSecrets(route)
      return own.length === 0 ? matched === context.sharedSecret : own.includes(matched)
    },
  }
}

const isText = (value: string | undefined): value is string => value !== undefined && value !== ''

const appSecrets = (route: Route): string[] =>
  [route.secrets.app_secret, route.secrets.app_secret_previous].filter(isText)
