import type {Http} from '../base/http.ts'
import type {Content, Identity, InboundContent, InboundMedia, MediaKind, Option} from '../base/message.ts'
import type {ProviderError} from './errors.ts'

/** A channel translates between a provider's wire and our own words. It knows no store and no flow. */
export interface Channel {
  readonly type: ApiType
  readonly capabilities: Capabilities
  /** Does the signature or secret of this request belong to the account? Constant time. */
  verify(request: WebhookRequest, secrets: readonly string[]): boolean
  /**
   * Never throws: what it does not understand is an `unknown` event that keeps the raw JSON. It does not know the
   * config, so identities of kind lid and jid come without their scope; times the provider left out are 0.
   */
  parse(body: unknown): ChannelEvent[]
  /** Everything the provider would refuse, told before the wire: the field, the limit. Empty when it may go. */
  check(content: Content): ContentProblem[]
  send(message: OutboundMessage, account: Account, http: Http): Promise<SendResult>
  markRead(providerId: string, sender: Identity, account: Account, http: Http, typing?: boolean): Promise<void>
  test(account: Account, http: Http): Promise<ConnectionReport>
  /** Throws a `ChannelError`. The id goes into a `MediaSource`; where nothing can be uploaded it is the bytes in base64. */
  uploadMedia(file: MediaFile, account: Account, http: Http): Promise<{id: string}>
  fetchMedia(media: InboundMedia, providerId: string, account: Account, http: Http): Promise<FetchedMedia>
  listTemplates(account: Account, http: Http): Promise<TemplateInfo[]>
}

export type ApiType = 'official' | 'evolution'

/** What a channel can do, as data that the gate and the linter read. */
export interface Capabilities {
  /** Free messages only within this many ms of the customer's last one; null where there is no window. */
  windowMs: number | null
  templates: boolean
  /** Native menus; otherwise they go out as numbered text. */
  nativeOptions: boolean
  kinds: readonly Content['kind'][]
  /** Token bucket per recipient: `capacity` at once, one more every `refillMs`. */
  pair: {capacity: number; refillMs: number}
  /** How an unknown outcome is settled. */
  settledBy: 'callback' | 'echo'
  /** Who fetches a file that goes out as a link: the provider from outside, or a server that may stand in our network. */
  linksFetchedFrom: 'internet' | 'own_network'
  mediaLimits: Readonly<Record<MediaKind, number>>
}

/** One WhatsApp config with its secrets opened. */
export interface Account {
  configId: string
  tenantId: string
  apiType: ApiType
  phoneNumber: string
  phoneNumberId?: string
  businessAccountId?: string
  accessToken?: string
  instance?: string
  apiKey?: string
  /** Base address without a trailing slash; the Graph version is added by us. */
  apiUrl?: string
  /** Set where the platform's operator allowed a private address. */
  allowPrivateNetwork?: boolean
}

export interface WebhookRequest {
  headers: Readonly<Record<string, string | string[] | undefined>>
  /** The exact bytes that came. */
  rawBody: Buffer
}

export interface ContentProblem {
  /** Path inside the content, e.g. `buttons[2].title`. */
  field: string
  message: string
  /** Set when no wording could make it go: the channel lacks the feature. */
  code?: 'UNSUPPORTED_BY_CHANNEL'
}

export interface OutboundMessage {
  /** Who: the best identity the channel can address. */
  to: Identity
  content: Content
  /** Provider's id of the message to quote. */
  replyTo?: string
  /** `<message id>.<attempt>`; comes back in statuses where the provider can. */
  callbackData: string
  signal?: AbortSignal
}

/** `refused`: the provider said no, or it surely was not taken. `unknown`: bytes left and no answer could be read. */
export type SendResult =
  | {outcome: 'accepted'; providerId: string; identities: Identity[]; held?: boolean}
  | {outcome: 'refused'; error: ProviderError}
  | {outcome: 'unknown'; error: ProviderError}

export interface MediaFile {
  path: string
  mimeType: string
  filename?: string
}

export interface FetchedMedia {
  bytes: Buffer
  mimeType: string
}

export interface ConnectionReport {
  ok: boolean
  /** One line per check, in order. */
  checks: {name: string; ok: boolean; message: string; help?: string}[]
  displayPhoneNumber?: string
  verifiedName?: string
  quality?: string
}

export interface TemplateInfo {
  name: string
  language: string
  status: string
  category: string
  components: unknown[]
}

/** What one webhook says, each event apart. `dedupe` is the key by which a repeat is known. */
export type ChannelEvent = InboundMessage | EchoMessage | StatusUpdate | ChangeEvent | UnknownEvent

interface EventBase {
  dedupe: string
  /** Which number it is for: phone_number_id, or the Evolution instance. Absent for changes that concern a WABA. */
  number?: string
  /** WABA id of the entry, where there is one. */
  businessAccountId?: string
}

export interface InboundMessage extends EventBase {
  type: 'message'
  providerId: string
  /** 0 for a placeholder that the real message may follow under the same id, else 1. */
  stage: 0 | 1
  /** Provider's time, ms. */
  at: number
  /** Best first: the one to answer to. */
  from: Identity[]
  name?: string
  username?: string
  /** The provider's kind: goes into `messages.type`. */
  kind: string
  /** What a person would read. */
  text: string
  content: InboundContent
  /** The option chosen from a menu. */
  option?: Pick<Option, 'id' | 'title'>
  /** Provider's id of the message that this one answers or quotes. */
  replyTo?: string
  forwarded?: boolean
  referral?: unknown
  /** Set for what is stored nowhere: group, story, newsletter. */
  ignored?: string
}

/** Sent from the business's own phone, or through another client of the same account. */
export interface EchoMessage extends EventBase {
  type: 'echo'
  providerId: string
  at: number
  to: Identity[]
  kind: string
  text: string
  content: InboundContent
  /** True when the provider says that it came through its API, so it may be ours. */
  viaApi?: boolean
}

export interface StatusUpdate extends EventBase {
  type: 'status'
  providerId: string
  status: 'sent' | 'delivered' | 'read' | 'played' | 'failed' | 'deleted'
  /** When it happened, ms; absent where the provider does not say. */
  at?: number
  recipient: Identity[]
  callbackData?: string
  error?: ProviderError
  pricing?: unknown
  conversation?: unknown
  /** Group statuses are kept and change nothing. */
  participant?: string
}

/** Something about the account, a template, a preference, a connection. */
export interface ChangeEvent extends EventBase {
  type: 'change'
  at?: number
  change:
    | {kind: 'template'; name: string; language?: string; event: string; reason?: string; data: unknown}
    | {kind: 'account'; event: string; severity: 'info' | 'warn' | 'stop'; data: unknown}
    | {kind: 'number'; event: string; data: unknown}
    | {kind: 'preference'; from: Identity[]; marketing: boolean}
    | {kind: 'identity'; from?: Identity; to: Identity; others: Identity[]}
    | {kind: 'connection'; state: 'open' | 'connecting' | 'close' | 'refused'; final: boolean; data: unknown}
    | {kind: 'qrcode'; code?: string; pairingCode?: string; exhausted?: boolean}
    | {kind: 'error'; error: ProviderError}
    | {kind: 'deleted'; providerId: string}
}

export interface UnknownEvent extends EventBase {
  type: 'unknown'
  /** The field or event name, as far as it could be read. */
  name: string
  raw: unknown
}
