import {z} from 'zod'
import {PytakeError} from '../base/errors.ts'
import {Content, mediaKinds, MediaSource, Template} from '../base/message.ts'
import {type Outgoing, queueMessage} from '../conversations/queue-message.ts'
import {livingNodes} from '../runtime/nodes.ts'
import {phone, ref, uuid} from './fields.ts'
import {findMessage, Message, presentMessage} from './message-row.ts'
import {operation, type TenantContext} from './operation.ts'
import {refuseUnsendable, whoSends} from './send-from.ts'
import {moreOf, usageOf} from './usage.ts'

/** Fields of every request that sends something. */
const addressed = {
  /** Telephone number; may be left out where a conversation is given. */
  to: phone.optional(),
  conversation_id: uuid.optional(),
  /** Id or name of the number that sends. */
  from: ref.optional(),
  /** Our id or the provider's of the message that is answered. */
  reply_to: z.string().max(255).optional(),
  purpose: z.enum(['reply', 'marketing']).default('reply'),
}

/** `server` tells whether a server is running that will send it. */
export const SentMessage = Message.extend({server: z.boolean()})
export type SentMessage = z.output<typeof SentMessage>

const sending = {
  method: 'POST',
  permission: 'messages:write',
  output: SentMessage,
  status: 202,
} as const

export const sendMessage = operation({
  ...sending,
  id: 'messages.send',
  path: '/whatsapp/send',
  summary: 'Queue a message: a text, or any content.',
  input: z
    .strictObject({...addressed, text: z.string().min(1).optional(), content: Content.optional()})
    .refine(({text, content}) => (text === undefined) !== (content === undefined), {
      path: ['text'],
      message: 'give either text or content',
    }),
  run: (context, {text, content, ...request}) => send(context, request, content ?? {kind: 'text', text: text ?? ''}),
})

export const sendTemplate = operation({
  ...sending,
  id: 'messages.send_template',
  path: '/whatsapp/send-template',
  summary: 'Queue a template: the only thing that may go when the 24-hour window is closed.',
  input: z.strictObject({...addressed, ...Template.omit({kind: true}).shape}),
  run: (context, {to, conversation_id, from, reply_to, purpose, ...template}) =>
    send(context, {to, conversation_id, from, reply_to, purpose}, {kind: 'template', ...template}),
})

export const sendMedia = operation({
  ...sending,
  id: 'messages.send_media',
  path: '/whatsapp/send-media',
  summary: 'Queue an image, a document, audio, video or a sticker: by link, or a file that was uploaded.',
  input: z.strictObject({
    ...addressed,
    type: z.enum(mediaKinds),
    media: MediaSource,
    caption: z.string().optional(),
    filename: z.string().optional(),
    voice: z.boolean().optional(),
  }),
  run: (context, {type, media, caption, filename, voice, ...request}) =>
    send(context, request, {kind: type, media, caption, filename, voice}),
})

export const sendOperations = {sendMessage, sendTemplate, sendMedia}

interface Request {
  to?: string
  conversation_id?: string
  from?: string
  reply_to?: string
  purpose: 'reply' | 'marketing'
}

async function send(context: TenantContext, request: Request, content: Content): Promise<SentMessage> {
  const {tenant, principal} = context
  const {to, conversation_id: conversationId, from, reply_to: replyTo, purpose} = request
  const sender = await whoSends(tenant, {to, conversationId, from})
  refuseUnsendable(content, sender.config)
  await refuseUnknownFile(context, content)
  const reply = replyTo === undefined ? undefined : await providerIdOf(context, replyTo)
  return queue(context, {
    to: sender.to,
    configId: sender.config.id,
    content,
    purpose,
    meta: {reply_to: reply, by: principal.name},
  })
}

/** Queues it and answers the row. Throws `PLAN_LIMIT` when the month's messages are used up. */
async function queue(context: TenantContext, outgoing: Omit<Outgoing, 'id'>): Promise<SentMessage> {
  await refuseBeyondMonth(context)
  const id = context.ids.next()
  context.note({resource: id, after: {type: outgoing.content.kind, whatsapp_config_id: outgoing.configId}})
  await queueMessage(context, context.tenant, {id, ...outgoing})
  return {...presentMessage(await findMessage(context.tenant, id)), server: await senderRuns(context)}
}

/** Is there a server that sends? */
export async function senderRuns(context: Pick<TenantContext, 'stores' | 'clock'>): Promise<boolean> {
  const nodes = await livingNodes(context)
  return nodes.some(({roles}) => roles.length === 0 || roles.includes('sender'))
}

/** Throws `PLAN_LIMIT` when the month's messages are used up. */
export async function refuseBeyondMonth({stores, tenant, tenantRow, clock}: TenantContext): Promise<void> {
  const most = tenantRow.limits.messages_per_month
  if (most === null) return
  const {messages_per_month: sent} = await usageOf(stores.control, tenant, tenantRow, clock.now())
  if (sent < most) return
  throw new PytakeError(
    'PLAN_LIMIT',
    `The plan ${tenantRow.plan} allows ${most} messages a month; ${sent} were sent.`,
    {
      details: [{field: 'messages_per_month', message: `${most} allowed`, limit: most}],
      help: moreOf(tenantRow, 'messages_per_month'),
    },
  )
}

async function refuseUnknownFile({tenant}: TenantContext, content: Content): Promise<void> {
  const source = 'media' in content ? content.media : undefined
  if (!source || !('sha256' in source)) return
  const row = await tenant.read((db) =>
    db.selectFrom('media').select('sha256').where('sha256', '=', source.sha256).executeTakeFirst(),
  )
  if (row) return
  throw new PytakeError('VALIDATION_ERROR', 'media: no file with this SHA-256 was uploaded', {
    details: [{field: 'media', message: 'no file with this SHA-256 was uploaded'}],
  })
}

async function providerIdOf({tenant}: TenantContext, id: string): Promise<string> {
  const {whatsapp_message_id: providerId} = await findMessage(tenant, id)
  if (providerId !== null) return providerId
  throw new PytakeError('CONFLICT', 'The message to reply to has not been accepted by WhatsApp yet.')
}
