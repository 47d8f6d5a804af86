import {z} from 'zod'
import {messageOf, notFound, PytakeError} from '../base/errors.ts'
import {messageStatuses} from '../base/statuses.ts'
import {accountOf, findConfig} from '../channels/accounts.ts'
import type {ApiType} from '../channels/channel.ts'
import {channels} from '../channels/registry.ts'
import {contactsMeant} from '../contacts/find.ts'
import {parseAddress} from '../contacts/identity.ts'
import {queueIn} from '../conversations/queue-message.ts'
import {cancelQueued} from '../delivery/cancel.ts'
import type {OutboundMeta} from '../messages/rows.ts'
import {toJson} from '../store/columns.ts'
import {inList} from '../store/in-list.ts'
import {byId, ref, uuid} from './fields.ts'
import {listInput, listOutput} from './list.ts'
import {readPage} from './page.ts'
import {findMessage, Message, type MessageRow, messagesQuery, presentMessage, shownStatus} from './message-row.ts'
import {operation, type TenantContext} from './operation.ts'
import {refuseUnsendable} from './send-from.ts'
import {refuseBeyondMonth, senderRuns, SentMessage} from './send.ts'

const filters = {
  status: z.enum(messageStatuses).optional(),
  direction: z.enum(['inbound', 'outbound']).optional(),
  conversation_id: uuid.optional(),
  /** Id, telephone number or name. */
  contact: ref.optional(),
  /** Id or name of the number. */
  config: ref.optional(),
  type: z.string().optional(),
}

const messageList = listInput({sort: ['created_at'], filters})

export const listMessages = operation({
  id: 'messages.list',
  method: 'GET',
  path: '/messages',
  permission: 'messages:read',
  summary: 'List messages, in and out, newest first.',
  input: messageList,
  output: listOutput(Message),
  status: 200,
  personal: true,
  run: (context, input) => readMessages(context, input),
})

export const listConversationMessages = operation({
  id: 'messages.of_conversation',
  method: 'GET',
  path: '/whatsapp/messages/{conversation_id}',
  permission: 'messages:read',
  summary: 'List the messages of one conversation.',
  input: listInput({sort: ['created_at'], filters: {...filters, conversation_id: uuid}}),
  output: listOutput(Message),
  status: 200,
  personal: true,
  async run(context, input) {
    const found = await context.tenant.read((db) =>
      db.selectFrom('conversations').select('id').where('id', '=', input.conversation_id).executeTakeFirst(),
    )
    if (!found) throw notFound(`Conversation "${input.conversation_id}"`, 'pytake conversation list')
    return readMessages(context, input)
  },
})

export const showMessage = operation({
  id: 'messages.show',
  method: 'GET',
  path: '/messages/{id}',
  permission: 'messages:read',
  summary: 'Show a message by our id or the id WhatsApp gave it.',
  input: byId,
  output: Message,
  status: 200,
  personal: true,
  run: async ({tenant}, {id}) => presentMessage(await findMessage(tenant, id)),
})

export const cancelMessage = operation({
  id: 'messages.cancel',
  method: 'POST',
  path: '/messages/{id}/cancel',
  permission: 'messages:write',
  summary: 'Take a message out of the queue before it is sent.',
  input: byId,
  output: Message,
  status: 200,
  run: (context, {id}) => cancel(context, id),
})

export const setMessageStatus = operation({
  id: 'messages.set_status',
  method: 'PUT',
  path: '/whatsapp/messages/{id}/status',
  permission: 'messages:write',
  summary: 'Mark an inbound message read, or cancel one that is queued.',
  input: z.strictObject({id: ref, status: z.enum(['read', 'cancelled'])}),
  output: Message,
  status: 200,
  run: (context, {id, status}) => (status === 'read' ? markRead(context, id) : cancel(context, id)),
})

export const resendMessage = operation({
  id: 'messages.resend',
  method: 'POST',
  path: '/messages/{id}/resend',
  permission: 'messages:write',
  summary: 'Send a message again that failed, expired, was cancelled, or whose outcome nobody knows.',
  input: byId,
  output: SentMessage,
  status: 202,
  run: resend,
})

export const messageOperations = {
  listMessages,
  listConversationMessages,
  showMessage,
  cancelMessage,
  setMessageStatus,
  resendMessage,
}

async function readMessages({tenant}: TenantContext, input: z.output<typeof messageList>) {
  const config = input.config === undefined ? undefined : await findConfig(tenant, input.config)
  const {rows, page} = await tenant.read(async (db) => {
    let query = messagesQuery(db)
    if (input.contact !== undefined) {
      query = query.where(
        inList(tenant.engine, 'contact_id', await contactsMeant({db, engine: tenant.engine}, input.contact)),
      )
    }
    if (config) query = query.where('whatsapp_config_id', '=', config.id)
    if (input.conversation_id) query = query.where('conversation_id', '=', input.conversation_id)
    if (input.direction) query = query.where('direction', '=', input.direction)
    if (input.type) query = query.where('type', '=', input.type)
    if (input.status) query = query.where(shownStatus, '=', input.status)
    return readPage(db, query, input)
  })
  return {data: rows.map(presentMessage), page}
}

async function cancel(context: TenantContext, id: string): Promise<Message> {
  const {tenant, clock} = context
  const row = await findMessage(tenant, id)
  const {status} = presentMessage(row)
  context.note({resource: row.id, before: {status}})
  await tenant.write(async (tx) => {
    if (!(await cancelQueued(tx, row.id, clock.now()))) throw tooLate(status)
  })
  return presentMessage(await findMessage(tenant, row.id))
}

const tooLate = (status: string | null): PytakeError =>
  new PytakeError('CONFLICT', `The message is ${status ?? 'not queued'}; only what is queued can be cancelled.`)

/** Tells WhatsApp first: a row that says `read` while the customer sees otherwise helps nobody. */
async function markRead(context: TenantContext, id: string): Promise<Message> {
  const {tenant, http, clock} = context
  const row = await findMessage(tenant, id)
  if (row.direction !== 'inbound') {
    throw new PytakeError('CONFLICT', 'Only a message that came in can be marked read; WhatsApp tells us about ours.')
  }
  const config = await findConfig(tenant, row.whatsapp_config_id)
  const conversation = await tenant.read((db) =>
    db.selectFrom('conversations').select('reply_to').where('id', '=', row.conversation_id).executeTakeFirstOrThrow(),
  )
  try {
    const sender = parseAddress(conversation.reply_to)
    const account = accountOf(context, config)
    await channels[config.api_type as ApiType].markRead(row.whatsapp_message_id ?? '', sender, account, http)
  } catch (error) {
    if (error instanceof PytakeError) throw error
    throw new PytakeError('UNAVAILABLE', `The provider could not be told: ${messageOf(error)}`, {cause: error})
  }
  context.note({resource: row.id, before: {status: row.status}, after: {status: 'read'}})
  const at = new Date(clock.now())
  await tenant.write((tx) => tx.update('messages', ['id'], [{id: row.id, status: 'read', status_at: at}]))
  return presentMessage(await findMessage(tenant, row.id))
}

const again = new Set(['failed', 'expired', 'cancelled', 'unknown'])

async function resend(context: TenantContext, {id}: {id: string}): Promise<SentMessage> {
  const {tenant, ids, principal} = context
  const row = await findMessage(tenant, id)
  const {status} = presentMessage(row)
  const meta = row.metadata as unknown as OutboundMeta
  if (row.direction !== 'outbound' || meta.content === undefined) {
    throw new PytakeError('CONFLICT', 'Only a message that we sent can be sent again.')
  }
  if (!again.has(status ?? '')) throw new PytakeError('CONFLICT', `The message is ${status ?? 'there'} already.`)
  if (meta.resent_as !== undefined) {
    throw new PytakeError('CONFLICT', `It was sent again already, as ${meta.resent_as}.`, {
      help: `pytake message show ${meta.resent_as}`,
    })
  }
  const config = await findConfig(tenant, row.whatsapp_config_id)
  refuseUnsendable(meta.content, config)
  await refuseBeyondMonth(context)
  const newId = ids.next()
  context.note({resource: row.id, before: {status}, after: {resent_as: newId}})
  await tenant.write(async (tx) => {
    await queueIn(tx, context, {
      id: newId,
      tenantId: tenant.name,
      to: {contactId: row.contact_id},
      configId: row.whatsapp_config_id,
      content: meta.content,
      purpose: meta.purpose ?? 'reply',
      meta: {fallback: meta.fallback, reply_to: meta.reply_to, resend_of: row.id, by: principal.name},
    })
    await tx.update('messages', ['id'], [{id: row.id, metadata: toJson(linked(row, newId))}])
  })
  return {...presentMessage(await findMessage(tenant, newId)), server: await senderRuns(context)}
}

const linked = (row: MessageRow, newId: string) => ({...row.metadata, resent_as: newId})
