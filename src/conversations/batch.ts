import type {Selectable} from 'kysely'
import type {EventType} from '../base/events.ts'
import type {Ids} from '../base/ids.ts'
import type {ApiType} from '../channels/channel.ts'
import type {StoredIdentity} from '../contacts/identity.ts'
import type {Recent} from '../flow/recent.ts'
import type {EchoCandidate} from '../delivery/echo-match.ts'
import type {Session} from '../flow/session.ts'
import type {NewEvent, Row} from '../store/database.ts'
import type {Contacts, Conversations, Messages} from '../store/schema/messaging.ts'
import type {TenantInfo} from '../tenants/tenant-cache.ts'
import {subjectOf} from './subject.ts'

/** A row in memory that is written once, at the end of the batch. */
export interface Entity<R> {
  row: R
  state: 'clean' | 'dirty' | 'new'
}

export type ContactEntity = Entity<Selectable<Contacts>>
export type ConversationEntity = Entity<Selectable<Conversations>> & {
  /** Where the stored row stands in the indexes; absent for a new one. */
  place?: string
}

/** Writing an indexed column costs more than all the others together, so it is written when it moved. */
export const placeOf = ({status, contact_phone: phone}: Selectable<Conversations>): string => `${status} ${phone ?? ''}`

export interface SessionEntity {
  session: Session
  flowId: string
  conversationId: string
  contactId: string
  configId: string
  state: 'clean' | 'dirty' | 'new'
}

/** The little of a config that turns need. */
export interface ConfigInfo {
  id: string
  name: string
  apiType: ApiType
  businessAccountId?: string
  phoneNumber: string
  markRead: boolean
  active: boolean
}

export type KnownMessage = Pick<
  Selectable<Messages>,
  | 'id'
  | 'whatsapp_message_id'
  | 'status'
  | 'type'
  | 'conversation_id'
  | 'contact_id'
  | 'whatsapp_config_id'
  | 'direction'
  | 'error_message'
>

/**
 * Everything one batch of turns reads, changes and decides. Loaded with one query per table, changed in memory, written
 * with one statement per table (design, section 5).
 */
export interface Batch {
  readonly now: number
  readonly ids: Ids
  readonly tenant: TenantInfo
  readonly configs: ReadonlyMap<string, ConfigInfo>
  /** `contact_identities`, by `identityKey`. */
  readonly identities: Map<string, string>
  /** Identities that this batch says are one person's, by `identityKey` of each. */
  links: ReadonlyMap<string, readonly StoredIdentity[]>
  readonly contacts: Map<string, ContactEntity>
  /** Open conversations, by `contactId configId`. */
  readonly open: Map<string, ConversationEntity>
  /** The last minute's texts of conversations that ended, by `contactId configId`. */
  readonly recent: Map<string, Recent>
  /** Every conversation touched, by id. */
  readonly conversations: Map<string, ConversationEntity>
  /** Living sessions, by conversation. */
  readonly sessions: Map<string, SessionEntity>
  /** Sessions that ended in this batch and may have been followed by another one. */
  readonly ended: SessionEntity[]
  /** Messages that the provider's ids in this batch refer to. */
  readonly known: Map<string, KnownMessage>
  /** What was sent a moment ago to the people whose chats have an echo in this batch. */
  readonly echoes: EchoCandidate[]
  readonly written: Written
}

/** Rows to write, in the order of their tables' foreign keys. */
export interface Written {
  identities: Row[]
  consents: Row[]
  messages: Row[]
  /** Placeholders that became what they stood for. */
  upgrades: Row[]
  statuses: Row[]
  statusUpdates: Map<string, Row>
  outbox: Row[]
  /** Outbox rows whose message got its answer from a status. */
  settled: string[]
  jobs: Row[]
  events: NewEvent[]
  /** Receipts to show the customer after the commit. */
  reads: {configId: string; providerId: string; address: string}[]
}

export const nothingWritten = (): Written => ({
  identities: [],
  consents: [],
  messages: [],
  upgrades: [],
  statuses: [],
  statusUpdates: new Map(),
  outbox: [],
  settled: [],
  jobs: [],
  events: [],
  reads: [],
})

export const openKey = (contactId: string, configId: string): string => `${contactId} ${configId}`

/** How `known` finds a message: by the provider's id on a number, or as `id:<ours>`. */
export const knownKey = (configId: string, providerId: string): string => `${configId} ${providerId}`

/** Marks a row for writing. */
export function touch(entity: {state: 'clean' | 'dirty' | 'new'}): void {
  if (entity.state === 'clean') entity.state = 'dirty'
}

/** Adds an event about a conversation, with the fields that every such event has, and returns its data. */
export function tell(
  batch: Batch,
  type: EventType,
  conversation: ConversationEntity,
  data: Record<string, unknown> = {},
): Record<string, unknown> {
  const {row} = conversation
  // Spreading two objects into one takes five times as long, and a turn tells several events.
  const told = Object.assign(subjectOf(row), data)
  batch.written.events.push({type, at: batch.now, data: told})
  return told
}
