import {sql} from 'kysely'
import {z} from 'zod'
import {inList} from '../store/in-list.ts'
import type {TenantDb} from '../store/stores.ts'
import {type Contact, presentContact} from './contact-row.ts'
import {type Message, messagesQuery, presentMessage} from './message-row.ts'
import type {TenantContext} from './operation.ts'
import {requirePermission} from './permissions.ts'

export const expandable = ['messages', 'contact'] as const
export type Expandable = (typeof expandable)[number]

/** Nobody sees more by way of a conversation than by asking for it itself. */
const needed = {messages: 'messages:read', contact: 'contacts:read'} as const

/**
 * How many of the newest messages of each conversation are shown; the rest is a list of its own. One more than 100, for who
 * wants to know whether there are more.
 */
export const newestCount = z.coerce.number().int().min(1).max(101).default(20)

export interface Expanded {
  contact?: Contact
  messages?: Message[]
}

/** What was asked for beside conversations: one query each, however many conversations there are. */
export async function expandConversations<T extends {id: string; contact_id: string}>(
  {tenant, principal}: Pick<TenantContext, 'tenant' | 'principal'>,
  rows: readonly T[],
  {expand, messages: count}: {expand: readonly Expandable[]; messages: number},
): Promise<(T & Expanded)[]> {
  for (const name of expand) requirePermission(principal, needed[name])
  const contacts = expand.includes('contact') ? await contactsOf(tenant, rows) : undefined
  const messages = expand.includes('messages') ? await newestMessages(tenant, rows, count) : undefined
  return rows.map((row) => ({
    ...row,
    ...(contacts ? {contact: contacts.get(row.contact_id)} : {}),
    ...(messages ? {messages: messages.get(row.id) ?? []} : {}),
  }))
}

async function contactsOf(tenant: TenantDb, rows: readonly {contact_id: string}[]): Promise<Map<string, Contact>> {
  const ids = [...new Set(rows.map((row) => row.contact_id))]
  const found = await tenant.read((db) =>
    db
      .selectFrom('contacts')
      .selectAll()
      .where(inList(tenant.engine, 'id', ids))
      .execute(),
  )
  return new Map(found.map((row) => [row.id, presentContact(row)]))
}

async function newestMessages(
  tenant: TenantDb,
  rows: readonly {id: string}[],
  count: number,
): Promise<Map<string, Message[]>> {
  const ids = rows.map(({id}) => id)
  const found = await tenant.read((db) => {
    const ranked = db
      .selectFrom('messages')
      .select([
        'id',
        sql<number>`row_number() over (partition by conversation_id order by created_at desc, id desc)`.as('rank'),
      ])
      .where(inList(tenant.engine, 'conversation_id', ids))
    const newest = db.selectFrom(ranked.as('ranked')).select('ranked.id').where('ranked.rank', '<=', count)
    return messagesQuery(db)
      .where('messages.id', 'in', newest)
      .orderBy('messages.created_at', 'desc')
      .orderBy('messages.id', 'desc')
      .execute()
  })
  const byConversation = new Map<string, Message[]>()
  for (const row of found) {
    const list = byConversation.get(row.conversation_id) ?? []
    list.push(presentMessage(row))
    byConversation.set(row.conversation_id, list)
  }
  return byConversation
}
