import {readableText} from '../base/message.ts'
import {outboundRows} from '../delivery/enqueue.ts'
import {attemptsOf} from '../flow/call-answer.ts'
import {changed} from '../flow/contact-change.ts'
import type {ContactChange, Effect, Json} from '../flow/session.ts'
import {toJson} from '../store/columns.ts'
import {type SessionEntity, tell, touch} from './batch.ts'
import {rememberText} from './recent.ts'
import type {Scene} from './scene.ts'

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

type Of<K extends Effect['kind']> = Extract<Effect, {kind: K}>

/** Turns what the engine decided into rows. Nothing here talks to anybody. */
export function carryOut(scene: Scene, entity: SessionEntity, effects: readonly Effect[]): void {
  for (const effect of effects) {
    switch (effect.kind) {
      case 'send':
        send(scene, entity, effect)
        break
      case 'call':
        call(scene, entity, effect)
        break
      case 'transfer':
        transfer(scene, effect)
        break
      case 'contact':
        changeContact(scene, effect.set)
        break
      case 'event':
        tell(scene.batch, effect.type, scene.conversation, effect.data)
    }
  }
}

function send({batch, conversation}: Scene, {session}: SessionEntity, effect: Of<'send'>): void {
  const {row} = conversation
  const id = batch.ids.next()
  const {message, outbox} = outboundRows({
    id,
    conversationId: row.id,
    configId: row.whatsapp_config_id,
    contactId: row.contact_id,
    address: row.reply_to,
    content: effect.content,
    purpose: effect.purpose,
    meta: {
      fallback: effect.fallback,
      flow: {flow: session.flow, release: session.release, node: effect.node, session: session.id},
    },
    now: batch.now,
  })
  batch.written.messages.push(message)
  batch.written.outbox.push(outbox)
  row.last_message_at = new Date(batch.now)
  rememberText(batch, conversation, 'outbound', readableText(effect.content))
  touch(conversation)
  tell(batch, 'message_queued', conversation, {
    message_id: id,
    direction: 'outbound',
    kind: effect.content.kind,
    text: readableText(effect.content),
    flow: session.flow,
    node: effect.node,
  })
}

/** Name of the job that makes an outside call for a flow and puts its answer into the inbox. */
export const FLOW_CALL = 'flow.call'

function call({batch, conversation}: Scene, {session}: SessionEntity, effect: Of<'call'>): void {
  const now = new Date(batch.now)
  batch.written.jobs.push({
    id: batch.ids.next(),
    kind: FLOW_CALL,
    job_key: `flow.call ${session.id} ${effect.number}`,
    payload: toJson({
      conversation_id: conversation.row.id,
      config_id: conversation.row.whatsapp_config_id,
      session: session.id,
      number: effect.number,
      request: effect.request,
    }),
    state: 'pending',
    attempts: 0,
    max_attempts: attemptsOf(effect.request),
    created_by: `flow:${session.flow}`,
    due_at: now,
    created_at: now,
    updated_at: now,
  })
}

/** From here on a person answers; the bot is silent until the conversation is given back. */
function transfer({batch, conversation}: Scene, effect: Of<'transfer'>): void {
  const {row} = conversation
  row.holder = 'human'
  row.status = 'waiting'
  row.held_until_at = null
  // A flow may name a person before users have ids here; the name is kept beside the queue.
  row.assigned_to = effect.user !== undefined && UUID.test(effect.user) ? effect.user : null
  row.metadata = {...row.metadata, queue: effect.queue ?? null, user: effect.user ?? null, note: effect.note ?? null}
  touch(conversation)
  tell(batch, 'conversation_updated', conversation, {
    id: row.id,
    status: 'waiting',
    queue: effect.queue ?? null,
    note: effect.note ?? null,
  })
}

function changeContact({batch, conversation}: Scene, set: ContactChange): void {
  const contact = batch.contacts.get(conversation.row.contact_id)
  if (!contact) return
  const {row} = contact
  const {name, email} = row
  const attributes = (row.attributes ?? {}) as Record<string, Json>
  Object.assign(row, changed({name, email, attributes, tags: row.tags ?? []}, set))
  row.name = row.name?.slice(0, 255) ?? null
  row.email = row.email?.slice(0, 255) ?? null
  touch(contact)
  if (row.name === name) return
  conversation.row.contact_name = row.name
  touch(conversation)
}
