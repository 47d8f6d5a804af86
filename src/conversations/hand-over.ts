import type {Selectable} from 'kysely'
import {notFound, PytakeError} from '../base/errors.ts'
import {storableText} from '../base/json-text.ts'
import type {Session} from '../flow/session.ts'
import {toJson} from '../store/columns.ts'
import type {Row, Tx} from '../store/database.ts'
import type {Conversations} from '../store/schema/messaging.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import type {InternalInput} from './inbox-row.ts'
import {subjectOf} from './subject.ts'

type TenantTx = Tx<TenantSchema>
export type ConversationRow = Selectable<Conversations>

/** Who takes a conversation over from the bot: a user, a queue, or anybody. */
export interface HandOver {
  user?: {id: string | null; name: string}
  queue?: string
  note?: string
}

/** What is kept beside a conversation, once nobody has to take it any more: neither the queue nor what was to be known there. */
export const withoutHandOver = (metadata: ConversationRow['metadata']): Record<string, unknown> =>
  Object.fromEntries(Object.entries(metadata ?? {}).filter(([field]) => field !== 'queue' && field !== 'note'))

const isOpen = ({status}: ConversationRow) => status === 'active' || status === 'waiting'

/** Reads a conversation for changing it. Throws `NOT_FOUND`, and `CONFLICT` when it is closed. */
export async function openRow(tx: TenantTx, id: string): Promise<ConversationRow> {
  const query = tx.db.selectFrom('conversations').selectAll().where('id', '=', id)
  const row = await (tx.engine === 'postgres' ? query.forUpdate() : query).executeTakeFirst()
  if (!row) throw notFound(`Conversation "${id}"`, 'pytake conversation list')
  if (!isOpen(row)) throw new PytakeError('CONFLICT', `The conversation is ${row.status}.`)
  return row
}

/** A person takes it: from now on the bot is silent. */
export async function assign(tx: TenantTx, id: string, user: HandOver['user'], now: number): Promise<void> {
  const row = await openRow(tx, id)
  const metadata = {...row.metadata, user: user?.name ?? null}
  // Nobody's any more: it waits for the next person, unless the bot has it.
  const left: Row = row.holder === 'bot' ? {} : {status: 'waiting'}
  const taken: Row = user ? {holder: 'human', held_until_at: null, status: 'active'} : left
  await change(tx, row, {...taken, assigned_to: user?.id ?? null, metadata: toJson(metadata)}, now)
}

/** Hands it to a queue or a person who has yet to take it. */
export async function handOver(tx: TenantTx, id: string, to: HandOver, now: number): Promise<void> {
  const row = await openRow(tx, id)
  const {user, queue = null, note = null} = to
  await change(
    tx,
    row,
    {
      holder: 'human',
      held_until_at: null,
      status: 'waiting',
      assigned_to: user?.id ?? null,
      metadata: toJson({...row.metadata, queue, user: user?.name ?? null, note}),
    },
    now,
  )
}

/** Gives it back to the bot; a flow that had handed it over goes on. */
export async function returnToBot(tx: TenantTx, id: string, now: number): Promise<void> {
  const row = await openRow(tx, id)
  if (row.holder === 'bot') throw new PytakeError('CONFLICT', 'The bot has this conversation already.')
  const metadata = toJson({...withoutHandOver(row.metadata), user: null})
  await change(tx, row, {holder: 'bot', held_until_at: null, status: 'active', assigned_to: null, metadata}, now)
  const session = await transferred(tx, id)
  if (session) await tellSession(tx, row, {kind: 'returned', number: session.number, outcome: 'returned'}, now)
}

/** Closes it; the next message of the customer opens another one. A session that was inside ends. */
export async function resolve(tx: TenantTx, id: string, now: number): Promise<void> {
  const row = await openRow(tx, id)
  const metadata = toJson(withoutHandOver(row.metadata))
  await change(tx, row, {status: 'resolved', holder: 'bot', held_until_at: null, metadata}, now)
  const session = await transferred(tx, id)
  if (session) await tellSession(tx, row, {kind: 'returned', number: session.number, outcome: 'closed'}, now)
  else await tellSession(tx, row, {kind: 'closed'}, now)
}

/** Adds and removes tags; any conversation may be tagged, closed ones too. */
export async function retag(
  tx: TenantTx,
  id: string,
  {add = [], remove = []}: {add?: readonly string[]; remove?: readonly string[]},
  now: number,
): Promise<void> {
  const row = await tx.db.selectFrom('conversations').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row) throw notFound(`Conversation "${id}"`, 'pytake conversation list')
  const tags = [...new Set([...(row.tags ?? []), ...add])].filter((tag) => !remove.includes(tag))
  await change(tx, row, {tags}, now)
}

async function change(tx: TenantTx, row: ConversationRow, columns: Row, now: number): Promise<void> {
  await tx.update('conversations', ['id'], [{id: row.id, ...columns, updated_at: new Date(now)}])
  tx.emit({
    type: 'conversation_updated',
    at: now,
    data: {
      id: row.id,
      ...subjectOf(row),
      status: columns.status ?? row.status,
      holder: columns.holder ?? row.holder,
      assigned_to: columns.assigned_to === undefined ? row.assigned_to : columns.assigned_to,
      tags: columns.tags ?? row.tags ?? [],
    },
  })
}

async function transferred(tx: TenantTx, conversationId: string): Promise<Session | undefined> {
  const row = await tx.db
    .selectFrom('flow_sessions')
    .select('context')
    .where('conversation_id', '=', conversationId)
    .where('status', '=', 'transferred')
    .executeTakeFirst()
  return row?.context as unknown as Session | undefined
}

/** Goes through the inbox like everything else that moves a session, so that turns stay in order. */
async function tellSession(
  tx: TenantTx,
  row: ConversationRow,
  input: InternalInput['input'],
  now: number,
): Promise<void> {
  const body: InternalInput = {type: 'input', dedupe: '', conversation_id: row.id, input}
  await tx.insertNew(
    'inbox',
    ['dedupe_key'],
    [
      {
        key: `${row.whatsapp_config_id} conversation:${row.id}`,
        config_id: row.whatsapp_config_id,
        kind: 'input',
        dedupe_key: `input ${row.id} ${input.kind} ${now}`,
        body: storableText(JSON.stringify(body)),
        raw_id: null,
        state: 'pending',
        attempts: 0,
        received_at: new Date(now),
      },
    ],
  )
}
