import type {Selectable} from 'kysely'
import {sql} from 'kysely'
import {z} from 'zod'
import {notFound, PytakeError} from '../base/errors.ts'
import {conversationStatuses} from '../base/statuses.ts'
import {findConfig} from '../channels/accounts.ts'
import {contactsMeant} from '../contacts/find.ts'
import {assign, handOver, resolve, retag, returnToBot} from '../conversations/hand-over.ts'
import type {Tx} from '../store/database.ts'
import {inList} from '../store/in-list.ts'
import type {Conversations} from '../store/schema/messaging.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import {Contact} from './contact-row.ts'
import {expandable, expandConversations, newestCount} from './conversation-expand.ts'
import {byId, iso, isoOrNull, ref, timeOrNull, timeOut} from './fields.ts'
import {expandInput, listInput, listOutput, onlyIds} from './list.ts'
import {readPage} from './page.ts'
import {Message} from './message-row.ts'
import {operation, type TenantContext} from './operation.ts'
import {hasTag} from '../store/has-tag.ts'

export const Conversation = z.object({
  id: z.uuid(),
  tenant_id: z.uuid(),
  whatsapp_config_id: z.uuid(),
  contact_id: z.uuid(),
  contact_phone: z.string().nullable(),
  contact_name: z.string().nullable(),
  status: z.string(),
  /** `bot`, `human`, or `phone` while somebody types on the business's own phone. */
  holder: z.string(),
  held_until_at: timeOrNull,
  assigned_to: z.string().nullable(),
  tags: z.array(z.string()),
  metadata: z.record(z.string(), z.unknown()).nullable(),
  last_inbound_at: timeOrNull,
  last_message_at: timeOrNull,
  created_at: timeOut,
  updated_at: timeOut,
})
export type Conversation = z.output<typeof Conversation>

/** With `expand`: the contact, and the newest messages. */
const ExpandedConversation = Conversation.extend({contact: Contact.optional(), messages: z.array(Message).optional()})

const tag = z.string().trim().min(1).max(100)
const tags = z.array(tag).min(1).max(50)

export const listConversations = operation({
  id: 'conversations.list',
  method: 'GET',
  path: '/conversations',
  permission: 'conversations:read',
  summary: 'List conversations, those with the newest message first.',
  input: listInput({
    sort: ['last_message_at', 'created_at', 'updated_at'],
    filters: {
      ids: onlyIds,
      status: z.enum(conversationStatuses).optional(),
      holder: z.enum(['bot', 'human', 'phone']).optional(),
      contact: ref.optional(),
      config: ref.optional(),
      tag: tag.optional(),
      assigned_to: ref.optional(),
      messages: newestCount,
    },
    expand: expandable,
  }),
  output: listOutput(ExpandedConversation),
  status: 200,
  personal: true,
  async run(context, input) {
    const {tenant} = context
    const config = input.config === undefined ? undefined : await findConfig(tenant, input.config)
    const {rows, page} = await tenant.read(async (db) => {
      let query = db.selectFrom('conversations').selectAll()
      if (input.ids) query = query.where(inList(tenant.engine, 'id', input.ids))
      if (input.contact !== undefined) {
        query = query.where(
          inList(tenant.engine, 'contact_id', await contactsMeant({db, engine: tenant.engine}, input.contact)),
        )
      }
      if (config) query = query.where('whatsapp_config_id', '=', config.id)
      if (input.status) query = query.where('status', '=', input.status)
      if (input.holder) query = query.where('holder', '=', input.holder)
      if (input.tag !== undefined) query = query.where(hasTag(tenant.engine, 'conversations', input.tag))
      if (input.assigned_to !== undefined) {
        query = query.where((e) =>
          e.or([
            sql<boolean>`cast(assigned_to as text) = ${input.assigned_to}`,
            sql<boolean>`metadata ->> 'user' = ${input.assigned_to}`,
          ]),
        )
      }
      return readPage(db, query, input)
    })
    return {data: await expandConversations(context, rows.map(present), input), page}
  },
})

export const showConversation = operation({
  id: 'conversations.show',
  method: 'GET',
  path: '/conversations/{id}',
  permission: 'conversations:read',
  summary: 'Show a conversation.',
  input: byId.extend({expand: expandInput(expandable), messages: newestCount}),
  output: ExpandedConversation,
  status: 200,
  personal: true,
  async run(context, {id, ...wanted}) {
    const [conversation] = await expandConversations(context, [await find(context.tenant, id)], wanted)
    return conversation as z.output<typeof ExpandedConversation>
  },
})

const changing = {
  method: 'POST',
  permission: 'conversations:write',
  output: Conversation,
  status: 200,
} as const

export const assignConversation = operation({
  ...changing,
  id: 'conversations.assign',
  path: '/conversations/{id}/assign',
  summary: 'Give a conversation to a person, or to nobody. The bot is silent while a person has it.',
  input: byId.extend({user: ref.nullable()}),
  async run(context, {id, user}) {
    const person = user === null ? undefined : await userOf(context, user)
    return changed(context, id, (tx, now) => assign(tx, id, person, now))
  },
})

export const transferConversation = operation({
  ...changing,
  id: 'conversations.transfer',
  path: '/conversations/{id}/transfer',
  summary: 'Hand a conversation over to a queue or a person who has yet to take it. The bot is silent until then.',
  input: byId.extend({queue: ref.optional(), user: ref.optional(), note: z.string().max(4096).optional()}),
  async run(context, {id, queue, user, note}) {
    const person = user === undefined ? undefined : await userOf(context, user)
    return changed(context, id, (tx, now) => handOver(tx, id, {queue, user: person, note}, now))
  },
})

export const returnConversation = operation({
  ...changing,
  id: 'conversations.return',
  path: '/conversations/{id}/return',
  summary: 'Give a conversation back to the bot; a flow that handed it over goes on.',
  input: byId,
  run: (context, {id}) => changed(context, id, (tx, now) => returnToBot(tx, id, now)),
})

export const resolveConversation = operation({
  ...changing,
  id: 'conversations.resolve',
  path: '/conversations/{id}/resolve',
  summary: "Close a conversation. The customer's next message opens another one.",
  input: byId,
  run: (context, {id}) => changed(context, id, (tx, now) => resolve(tx, id, now)),
})

export const tagConversation = operation({
  ...changing,
  id: 'conversations.tag',
  path: '/conversations/{id}/tags',
  summary: 'Add tags to a conversation.',
  input: byId.extend({tags}),
  run: (context, {id, tags: add}) => changed(context, id, (tx, now) => retag(tx, id, {add}, now)),
})

export const untagConversation = operation({
  ...changing,
  id: 'conversations.untag',
  path: '/conversations/{id}/untag',
  summary: 'Take tags off a conversation.',
  input: byId.extend({tags}),
  run: (context, {id, tags: remove}) => changed(context, id, (tx, now) => retag(tx, id, {remove}, now)),
})

export const conversationOperations = {
  listConversations,
  showConversation,
  assignConversation,
  transferConversation,
  returnConversation,
  resolveConversation,
  tagConversation,
  untagConversation,
}

async function find(tenant: TenantContext['tenant'], id: string): Promise<Conversation> {
  const isUuid = z.uuid().safeParse(id).success
  const row = isUuid
    ? await tenant.read((db) => db.selectFrom('conversations').selectAll().where('id', '=', id).executeTakeFirst())
    : undefined
  if (!row) throw notFound(`Conversation "${id}"`, 'pytake conversation list')
  return present(row)
}

async function changed(
  context: TenantContext,
  id: string,
  change: (tx: Tx<TenantSchema>, now: number) => Promise<void>,
): Promise<Conversation> {
  const {tenant, clock} = context
  const {status, holder, assigned_to: assigned, tags: had} = await find(tenant, id)
  context.note({resource: id, before: {status, holder, assigned_to: assigned, tags: had}})
  await tenant.write((tx) => change(tx, clock.now()))
  return find(tenant, id)
}

/** A user by id, e-mail or name; a name that no user has is kept beside the conversation, for those who go by names. */
async function userOf({stores, tenant}: TenantContext, text: string): Promise<{id: string | null; name: string}> {
  const isUuid = z.uuid().safeParse(text).success
  const rows = await stores.control.read((db) =>
    db
      .selectFrom('users')
      .select(['id', 'name'])
      .where('tenant_id', '=', tenant.name)
      .where((e) => (isUuid ? e('id', '=', text) : e.or([e('email', '=', text), e('name', '=', text)])))
      .limit(2)
      .execute(),
  )
  if (rows.length > 1) throw new PytakeError('BAD_REQUEST', `Several users are named "${text}". Give the id.`)
  return rows[0] ?? {id: isUuid ? text : null, name: text}
}

/** The last minute's texts are kept there for telling loops of bots; they are nobody's business outside. */
const withoutRecent = (metadata: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(metadata).filter(([field]) => field !== 'recent'))

const present = (row: Selectable<Conversations>): Conversation => ({
  id: row.id,
  tenant_id: row.tenant_id,
  whatsapp_config_id: row.whatsapp_config_id,
  contact_id: row.contact_id,
  contact_phone: row.contact_phone,
  contact_name: row.contact_name,
  status: row.status,
  holder: row.holder,
  held_until_at: isoOrNull(row.held_until_at),
  assigned_to: row.assigned_to,
  tags: row.tags ?? [],
  metadata: row.metadata && withoutRecent(row.metadata),
  last_inbound_at: isoOrNull(row.last_inbound_at),
  last_message_at: isoOrNull(row.last_message_at),
  created_at: iso(row.created_at),
  updated_at: iso(row.updated_at),
})
