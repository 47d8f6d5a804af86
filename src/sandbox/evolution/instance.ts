import type {Directory} from '../directory.ts'
import type {Sink, Update} from '../sink.ts'
import type {MessageLog} from './message-log.ts'

export interface InstanceOptions {
  name: string
  /** The instance's token; the server's global key opens it too. */
  apiKey: string
  ownerPhone: string
  webhookUrl?: string
  webhookSecretHeader?: {name: string; value: string}
  /** Puts the decrypted bytes of media into webhooks. */
  webhookBase64?: boolean
  /** Default open. */
  state?: ConnectionState
  /** Take messages to people nobody added; default false: 400 with `exists: false`. */
  acceptUnknown?: boolean
}

export type ConnectionState = 'open' | 'connecting' | 'close'

export interface Instance {
  id: string
  name: string
  token: string
  ownerJid: string
  state: ConnectionState
  integration: string
  webhook: WebhookRow | undefined
  settings: Record<string, unknown>
  directory: Directory
  log: MessageLog
  sink: Sink<EvolutionUpdate>
  acceptUnknown: boolean
  createdAt: number
  qrCount: number
}

export interface Evolution {
  instances: Map<string, Instance>
  /** Opens every instance, and creation. */
  globalKey: string
  /** Base address, known once it listens. */
  url: string
  /** Makes or changes an instance and keeps its people. */
  addInstance(options: InstanceOptions): Instance
  /** The instance; NOT_FOUND names it. */
  instance(name: string): Instance
}

/** The stored webhook of an instance, under the names the server answers with. */
export interface WebhookRow {
  id: string
  url: string
  headers: Record<string, string>
  enabled: boolean
  /** Upper-case names; none means all. */
  events: string[]
  webhookByEvents: boolean
  webhookBase64: boolean
  createdAt: string
  updatedAt: string
  instanceId: string
}

export interface EvolutionUpdate extends Update {
  /** Dotted, e.g. `messages.upsert`. */
  event: string
  data: unknown
}

export const personJid = (digits: string) => `${digits}@s.whatsapp.net`
