import type {Selectable} from 'kysely'
import type {Json} from '../base/json.ts'
import {channels} from '../channels/registry.ts'
import type {CallResult, IncomingMessage} from '../flow/session.ts'
import type {Recording} from '../flow/simulate/replay.ts'
import type {SimulatedSettings} from '../flow/simulate/state.ts'
import {inList} from '../store/in-list.ts'
import type {FlowSessions} from '../store/schema/flows.ts'
import type {TenantDb} from '../store/stores.ts'

/** Kinds of messages that no flow ever gets. */
const notForFlows = new Set(['reaction', 'system', 'edit', 'revoke', 'unsupported'])

export type SessionRow = Pick<
  Selectable<FlowSessions>,
  'id' | 'release' | 'conversation_id' | 'contact_id' | 'config_id' | 'started_at' | 'completed_at' | 'expires_at'
>

/** Sessions of a flow that are over, the newest first. */
export const endedSessions = (
  db: TenantDb,
  flowId: string,
  {since, limit}: {since: number; limit: number},
): Promise<SessionRow[]> =>
  db.read((q) =>
    q
      .selectFrom('flow_sessions')
      .select([
        'id',
        'release',
        'conversation_id',
        'contact_id',
        'config_id',
        'started_at',
        'completed_at',
        'expires_at',
      ])
      .where('flow_id', '=', flowId)
      .where('started_at', '>=', new Date(since))
      .where('completed_at', 'is not', null)
      .orderBy('started_at', 'desc')
      .limit(limit)
      .execute(),
  )

/** What was said and answered in these sessions. One is missing that no message of the customer began. */
export async function recordingsOf(
  db: TenantDb,
  sessions: readonly SessionRow[],
  settings: SimulatedSettings,
): Promise<Map<string, Recording>> {
  const [contacts, configs] = [await contactsOf(db, sessions), await configsOf(db)]
  const recordings = new Map<string, Recording>()
  for (const session of sessions) {
    const contact = contacts.get(session.contact_id)
    const messages = await messagesOf(db, session)
    const config = configs.get(session.config_id)
    if (!contact || !config || messages[0]?.at !== session.started_at.getTime()) continue
    const [answers, returns] = [await answersOf(db, session.id), await returnsOf(db, session)]
    const until = (session.completed_at ?? session.expires_at).getTime()
    recordings.set(session.id, {contact, messages, answers, returns, until, surroundings: {settings, ...config}})
  }
  return recordings
}

async function contactsOf(db: TenantDb, sessions: readonly SessionRow[]): Promise<Map<string, Recording['contact']>> {
  const ids = [...new Set(sessions.map(({contact_id: id}) => id))]
  const rows = await db.read((q) =>
    q
      .selectFrom('contacts')
      .select(['id', 'name', 'phone', 'email', 'tags', 'attributes'])
      .where(inList(db.engine, 'id', ids))
      .execute(),
  )
  return new Map(
    rows.map((row) => [
      row.id,
      {...row, tags: row.tags ?? [], attributes: (row.attributes ?? {}) as Record<string, Json>, opted_in: true},
    ]),
  )
}

async function configsOf(db: TenantDb): Promise<Map<string, {number: string[]; windowMs: number | null}>> {
  const rows = await db.read((q) =>
    q.selectFrom('whatsapp_configs').select(['id', 'name', 'phone_number', 'api_type']).execute(),
  )
  return new Map(
    rows.map(({id, name, phone_number: phone, api_type: type}) => {
      const {windowMs} = channels[type === 'evolution' ? 'evolution' : 'official'].capabilities
      return [id, {number: [id, name, phone], windowMs}]
    }),
  )
}

/** What the customer sent from the message that began the session to its end. */
async function messagesOf(db: TenantDb, session: SessionRow): Promise<Recording['messages']> {
  const rows = await db.read((q) =>
    q
      .selectFrom('messages')
      .select(['content', 'metadata', 'created_at'])
      .where('conversation_id', '=', session.conversation_id)
      .where('direction', '=', 'inbound')
      .where('created_at', '>=', session.started_at)
      .where('created_at', '<=', session.completed_at ?? session.expires_at)
      .orderBy('id')
      .execute(),
  )
  return rows.flatMap(({content: text, metadata, created_at: at}) => {
    const content = (metadata as {content?: IncomingMessage['content']} | null)?.content
    return content && !notForFlows.has(content.kind) ? [{at: at.getTime(), text: text ?? '', content}] : []
  })
}

/** Answers of calls are kept like messages, under the session's own key, for as long as the inbox keeps them. */
async function answersOf(db: TenantDb, session: string): Promise<CallResult[]> {
  const inputs = await inputsUnder(db, session)
  return inputs.flatMap(({kind, result}) => (kind === 'result' && result ? [result] : []))
}

/** What people did who had taken over is kept under the key of the conversation, which may have had other sessions. */
async function returnsOf(
  db: TenantDb,
  {conversation_id: conversation, started_at: from, completed_at: to, expires_at: latest}: SessionRow,
): Promise<Recording['returns']> {
  const inputs = await inputsUnder(db, conversation)
  const until = (to ?? latest).getTime()
  return inputs.flatMap(({kind, outcome, at}) => {
    if (kind !== 'returned' || at < from.getTime() || at > until) return []
    return outcome === 'returned' || outcome === 'closed' ? [{at, outcome}] : []
  })
}

interface StoredInput {
  kind: string
  result?: CallResult
  outcome?: string
}

async function inputsUnder(db: TenantDb, id: string): Promise<(StoredInput & {at: number})[]> {
  const rows = await db.read((q) =>
    q
      .selectFrom('inbox')
      .select(['body', 'received_at'])
      .where('dedupe_key', '>=', `input ${id} `)
      .where('dedupe_key', '<', `input ${id}!`)
      .orderBy('id')
      .execute(),
  )
  return rows.map(({body, received_at: at}) => {
    const {input} = JSON.parse(body) as {input: StoredInput}
    return {...input, at: at.getTime()}
  })
}
