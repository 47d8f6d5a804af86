import {type Kysely, type RawBuilder, sql} from 'kysely'
import type {Ids} from '../base/ids.ts'
import {canonicalPhone, matchKey} from '../base/phone.ts'
import {identityKey, type StoredIdentity} from '../contacts/identity.ts'
import {echoCandidates} from '../delivery/echo-match.ts'
import type {Session} from '../flow/session.ts'
import type {Tx} from '../store/database.ts'
import {boundLimit} from '../store/bound-limit.ts'
import {inList} from '../store/in-list.ts'
import type {Engine} from '../store/migration.ts'
import {prepared} from '../store/prepared.ts'
import {together} from '../store/together.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import type {TenantInfo} from '../tenants/tenant-cache.ts'
import {type Batch, type ConfigInfo, nothingWritten, openKey, placeOf, type SessionEntity} from './batch.ts'
import type {InboxItem} from './inbox-row.ts'
import {identitiesOf} from './item-identities.ts'
import {type KnownIdentity, linkPeople} from './link-people.ts'
import {keepKnown, readKnown} from './load-known.ts'
import {loadRecent} from './load-recent.ts'

export type TenantTx = Tx<TenantSchema>

interface LoadOptions {
  now: number
  ids: Ids
  tenant: TenantInfo
  configs: ReadonlyMap<string, ConfigInfo>
  items: readonly InboxItem[]
  /** Sessions whose wait is over. */
  due: readonly SessionEntity[]
}

/**
 * Reads all that a batch may touch: one query per table, locked where other nodes could write at the same time. Queries
 * that need nothing of each other go together.
 */
export async function loadBatch(tx: TenantTx, {now, ids, tenant, configs, items, due}: LoadOptions): Promise<Batch> {
  const batch: Batch = {
    now,
    ids,
    tenant,
    configs,
    identities: new Map(),
    links: new Map(),
    contacts: new Map(),
    open: new Map(),
    recent: new Map(),
    conversations: new Map(),
    sessions: new Map(),
    ended: [],
    known: new Map(),
    echoes: [],
    written: nothingWritten(),
  }
  const [identities, early] = await together(loadIdentities(tx, batch, items), readKnown(tx, items))
  const {links, merged} = await linkPeople(tx, batch, items, identities)
  batch.links = links
  await keepKnown(tx, batch, {items, known: merged ? await readKnown(tx, items) : early})
  const contactIds = new Set([...batch.identities.values(), ...due.map(({contactId}) => contactId)])
  const conversationIds = new Set(due.map(({conversationId}) => conversationId))
  for (const {body} of items) if (body.type === 'input') conversationIds.add(body.conversation_id)
  for (const {conversation_id: id} of batch.known.values()) conversationIds.add(id)
  await together(loadConversations(tx, batch, contactIds, conversationIds), loadContacts(tx, batch, [...contactIds]))
  const others = new Set([...batch.conversations.values()].map(({row}) => row.contact_id))
  await together(
    loadSessions(tx, batch),
    loadRecent(tx, batch, contactIds),
    loadContacts(
      tx,
      batch,
      [...others].filter((id) => !batch.contacts.has(id)),
    ),
  )
  await loadEchoes(tx, batch, items)
  return batch
}

async function loadEchoes(tx: TenantTx, batch: Batch, items: readonly InboxItem[]): Promise<void> {
  const people = new Set<string>()
  for (const item of items) {
    if (item.body.type !== 'echo' || batch.configs.get(item.configId)?.apiType !== 'evolution') continue
    for (const identity of identitiesOf(batch, item)) people.add(batch.identities.get(identityKey(identity)) ?? '')
  }
  people.delete('')
  if (people.size > 0) batch.echoes.push(...(await echoCandidates(tx, [...people], batch.now)))
}

const allConfigs = prepared((db: Kysely<TenantSchema>) =>
  db
    .selectFrom('whatsapp_configs')
    .select(['id', 'name', 'api_type', 'business_account_id', 'phone_number', 'mark_read', 'is_active'])
    .compile(),
)

/** The numbers of a tenant. */
export async function loadConfigs(tx: TenantTx): Promise<Map<string, ConfigInfo>> {
  const {rows} = await allConfigs(tx, {})
  return new Map(
    rows.map((row) => [
      row.id,
      {
        id: row.id,
        name: row.name,
        apiType: row.api_type === 'evolution' ? 'evolution' : 'official',
        businessAccountId: row.business_account_id ?? undefined,
        phoneNumber: row.phone_number,
        markRead: row.mark_read === 'on_turn',
        active: row.is_active,
      },
    ]),
  )
}

const identitiesAt = prepared((db: Kysely<TenantSchema>, {values}: {values: string[]}, engine) =>
  db
    .selectFrom('contact_identities')
    .select(['kind', 'scope', 'value', 'contact_id'])
    .where(inList(engine, 'value', values))
    .compile(),
)

async function loadIdentities(tx: TenantTx, batch: Batch, items: readonly InboxItem[]): Promise<KnownIdentity[]> {
  const wanted = items.flatMap((item) => identitiesOf(batch, item))
  const values = new Set(wanted.flatMap(({kind, value}) => (kind === 'phone' ? [value, matchKey(value)] : [value])))
  if (values.size === 0) return []
  const {rows} = await identitiesAt(tx, {values: [...values]})
  const known = rows.map((row) => ({...row, kind: row.kind as StoredIdentity['kind']}))
  for (const row of known) batch.identities.set(identityKey(row), row.contact_id)
  for (const row of known) {
    // A number that was stored without Brazil's ninth digit is the same number.
    const full = identityKey({...row, value: canonicalPhone(row.value)})
    if (row.kind === 'phone' && !batch.identities.has(full)) batch.identities.set(full, row.contact_id)
  }
  return known
}

const none = Promise.resolve({rows: []})

async function loadConversations(
  tx: TenantTx,
  batch: Batch,
  contacts: ReadonlySet<string>,
  extra: ReadonlySet<string>,
): Promise<void> {
  const found = await together(
    contacts.size > 0 ? openConversations(tx, {contacts: [...contacts]}) : none,
    extra.size > 0 ? conversationsAt(tx, {ids: [...extra]}) : none,
  )
  const rows = found.flatMap((answer) => answer.rows)
  for (const row of rows) {
    if (batch.conversations.has(row.id)) continue
    const entity = {row, state: 'clean' as const, place: placeOf(row)}
    batch.conversations.set(row.id, entity)
    if (row.status === 'active' || row.status === 'waiting')
      batch.open.set(openKey(row.contact_id, row.whatsapp_config_id), entity)
  }
}

/**
 * True for open conversations of these people. Without statistics both engines would walk all that are open, so they are
 * led from person to person.
 */
export function isOpenOf(engine: Engine, contacts: readonly string[]): RawBuilder<boolean> {
  const open = sql`status IN ('active', 'waiting')`
  return engine === 'sqlite'
    ? sql<boolean>`id IN (SELECT id FROM conversations INDEXED BY idx_conversations_open
        WHERE ${inList(engine, 'contact_id', contacts)} AND ${open})`
    : sql<boolean>`id = ANY(ARRAY(SELECT theirs.id FROM unnest(${contacts}::uuid[]) AS person(id)
        CROSS JOIN LATERAL (SELECT id FROM conversations WHERE contact_id = person.id AND ${open} OFFSET 0) AS theirs))`
}

const locked = (db: Kysely<TenantSchema>, engine: Engine) => {
  const query = db.selectFrom('conversations').selectAll()
  return engine === 'postgres' ? query.forUpdate() : query
}

const openConversations = prepared((db: Kysely<TenantSchema>, {contacts}: {contacts: string[]}, engine) =>
  locked(db, engine).where(isOpenOf(engine, contacts)).compile(),
)

const conversationsAt = prepared((db: Kysely<TenantSchema>, {ids}: {ids: string[]}, engine) =>
  locked(db, engine)
    .where(inList(engine, 'id', ids))
    .compile(),
)

const contactsAt = prepared((db: Kysely<TenantSchema>, {ids}: {ids: readonly string[]}, engine) =>
  db
    .selectFrom('contacts')
    .selectAll()
    .where(inList(engine, 'id', ids))
    .compile(),
)

async function loadContacts(tx: TenantTx, batch: Batch, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  const {rows} = await contactsAt(tx, {ids})
  for (const row of rows) batch.contacts.set(row.id, {row, state: 'clean'})
}

const sessionColumns = ['flow_id', 'conversation_id', 'contact_id', 'config_id', 'context'] as const

const livingSessions = prepared((db: Kysely<TenantSchema>, {ids}: {ids: string[]}, engine) =>
  db
    .selectFrom('flow_sessions')
    .select(sessionColumns)
    .where(inList(engine, 'conversation_id', ids))
    .where(sql<boolean>`status IN ('active', 'calling', 'transferred')`)
    .compile(),
)

async function loadSessions(tx: TenantTx, batch: Batch): Promise<void> {
  const ids = [...batch.conversations.keys()]
  if (ids.length === 0) return
  const {rows} = await livingSessions(tx, {ids})
  for (const row of rows) batch.sessions.set(row.conversation_id, sessionEntity(row))
}

interface SessionRow {
  flow_id: string
  conversation_id: string
  contact_id: string
  config_id: string
  context: Record<string, unknown> | null
}

const sessionEntity = (row: SessionRow): SessionEntity => ({
  session: row.context as unknown as Session,
  flowId: row.flow_id,
  conversationId: row.conversation_id,
  contactId: row.contact_id,
  configId: row.config_id,
  state: 'clean',
})

const sessionsDue = prepared((db: Kysely<TenantSchema>, {now, limit}: {now: Date; limit: number}) =>
  db
    .selectFrom('flow_sessions')
    .select(sessionColumns)
    .where('due_at', '<=', now)
    .orderBy('due_at')
    .limit(boundLimit(limit))
    .compile(),
)

/** Sessions whose wait or life is over, earliest first. */
export async function dueSessions(tx: TenantTx, now: number, limit: number): Promise<SessionEntity[]> {
  const {rows} = await sessionsDue(tx, {now: new Date(now), limit})
  return rows.map(sessionEntity)
}
