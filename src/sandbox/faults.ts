import {invalid} from '../base/errors.ts'
import type {Random} from '../base/ids.ts'

/**
 * Faults on demand, one line each: `METHOD PATHGLOB: ACTION [P%]`.
 *
 *   POST *\/messages: 500 10%        answered with that status (or Graph code, six digits) and a real error body, not accepted
 *   POST *\/messages: delay 2s       accepted at once, answered late
 *   POST *\/messages: drop 1%        accepted, then the socket is closed without an answer
 *   * *: reset                      the socket is reset before anything is read
 *   GET *: hang                     neither read nor answered
 *   * /mk/*: html                   a web page with status 200; also: truncate, huge (5 MB)
 *   WEBHOOK status: lose 5%         never sent; also: duplicate, reorder, delay 1s
 *
 * For webhooks the glob matches the kind: `message`, `status`, `echo`, `connection`, `account`.
 */
export interface Fault {
  /** As it was written. */
  text: string
  method: string
  path: RegExp
  action: FaultAction
  /** Chance in [0, 1]. */
  share: number
}

export type FaultAction =
  | {kind: 'status'; status: number}
  | {kind: 'delay'; ms: number}
  | {kind: 'drop' | 'reset' | 'hang' | 'duplicate' | 'reorder' | 'lose' | Spoilt}

/** What becomes of an answer that is sent. */
export type Spoilt = 'html' | 'truncate' | 'huge'

/** What happens to one request. */
export interface RequestFate {
  delayMs: number
  end?: 'drop' | 'reset' | 'hang' | Spoilt | number
}

/** What happens to one update of a webhook. */
export interface WebhookFate {
  delayMs: number
  lose: boolean
  duplicate: boolean
  reorder: boolean
}

export interface Faults {
  set(faults: readonly string[]): void
  list(): string[]
  request(method: string, path: string): RequestFate
  webhook(kind: string): WebhookFate
  /** How often a fault struck. */
  readonly struck: number
}

const form = /^(\*|[A-Z]+)\s+(\S+?):\s+(.+?)(?:\s+(\d+(?:\.\d+)?)%)?$/
const ofRequests = ['drop', 'reset', 'hang', 'html', 'truncate', 'huge'] as const
const ofWebhooks = ['duplicate', 'reorder', 'lose'] as const
const methods = ['*', 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'WEBHOOK']
const units: Record<string, number> = {ms: 1, s: 1000, m: 60_000}
const calm: RequestFate = {delayMs: 0}
const delivered: WebhookFate = {delayMs: 0, lose: false, duplicate: false, reorder: false}

/** Reads one fault; VALIDATION_ERROR when it is not understood. */
export function parseFault(text: string): Fault {
  const match = form.exec(text.trim())
  if (!match) throw unreadable(text, 'the form is `METHOD PATHGLOB: ACTION [P%]`')
  const [, method = '', glob = '', action = '', percent] = match
  if (!methods.includes(method)) throw unreadable(text, `${method} is not one of ${methods.join(', ')}`)
  const share = percent === undefined ? 1 : Number(percent) / 100
  if (share > 1) throw unreadable(text, 'a share is at most 100%')
  return {text: text.trim(), method, path: globOf(glob), action: parseAction(text, action, method === 'WEBHOOK'), share}
}

function parseAction(text: string, action: string, webhook: boolean): FaultAction {
  const delay = /^delay\s+(\d+(?:\.\d+)?)(ms|s|m)$/.exec(action)
  if (delay) return {kind: 'delay', ms: Number(delay[1]) * (units[delay[2] ?? 's'] ?? 1000)}
  if (webhook) {
    const kind = ofWebhooks.find((known) => known === action)
    if (kind) return {kind}
    throw unreadable(text, `a webhook can be given: delay 2s, ${ofWebhooks.join(', ')}`)
  }
  const kind = ofRequests.find((known) => known === action)
  if (kind) return {kind}
  if (/^([45]\d\d|\d{6})$/.test(action)) return {kind: 'status', status: Number(action)}
  const known = `a status such as 500, a Graph code such as 131056, delay 2s, ${ofRequests.join(', ')}`
  throw unreadable(text, `a request can be given: ${known}`)
}

const unreadable = (text: string, why: string) => invalid('fault', `"${text}" is not understood: ${why}.`)

function globOf(glob: string): RegExp {
  const parts = glob.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`)
}

/** Decides, by chance, what strikes. Delays add up; the first other action that strikes wins. */
export function createFaults(random: Random, texts: readonly string[] = []): Faults {
  let requests: Fault[] = []
  let webhooks: Fault[] = []
  let struck = 0
  const strikes = (fault: Fault, method: string, path: string) => {
    const applies = (fault.method === '*' || fault.method === method) && fault.path.test(path)
    const hit = applies && (fault.share === 1 || random.number() < fault.share)
    if (hit) struck++
    return hit
  }
  const faults: Faults = {
    set(lines) {
      const all = lines.map(parseFault)
      requests = all.filter((fault) => fault.method !== 'WEBHOOK')
      webhooks = all.filter((fault) => fault.method === 'WEBHOOK')
    },
    list: () => [...requests, ...webhooks].map((fault) => fault.text),
    request: (method, path) => (requests.length === 0 ? calm : requestFate(requests, (f) => strikes(f, method, path))),
    webhook: (kind) => (webhooks.length === 0 ? delivered : webhookFate(webhooks, (f) => strikes(f, 'WEBHOOK', kind))),
    get struck() {
      return struck
    },
  }
  faults.set(texts)
  return faults
}

const isOfRequests = (kind: string): kind is (typeof ofRequests)[number] =>
  (ofRequests as readonly string[]).includes(kind)

function requestFate(faults: Fault[], strikes: (fault: Fault) => boolean): RequestFate {
  const fate: RequestFate = {delayMs: 0}
  for (const fault of faults) {
    const {action} = fault
    if (action.kind !== 'delay' && fate.end !== undefined) continue
    if (!strikes(fault)) continue
    if (action.kind === 'delay') fate.delayMs += action.ms
    else if (action.kind === 'status') fate.end = action.status
    else if (isOfRequests(action.kind)) fate.end = action.kind
  }
  return fate
}

function webhookFate(faults: Fault[], strikes: (fault: Fault) => boolean): WebhookFate {
  const fate: WebhookFate = {...delivered}
  for (const fault of faults) {
    if (!strikes(fault)) continue
    const {action} = fault
    if (action.kind === 'delay') fate.delayMs += action.ms
    else if (action.kind === 'lose' || action.kind === 'duplicate' || action.kind === 'reorder')
      fate[action.kind] = true
  }
  return fate
}
