import type {InboundMessage} from '../channels/channel.ts'
import {addressText} from '../contacts/identity.ts'
import {outboundRows} from '../delivery/enqueue.ts'
import type {LiveFlows} from '../deploy/live-flows.ts'
import {consentText} from '../flow/consent.ts'
import {incoming} from '../flow/incoming.ts'
import {decide, type RouteFlow, routeOf} from '../flow/route.ts'
import type {IncomingMessage} from '../flow/session.ts'
import {receivedRow} from '../messages/rows.ts'
import {toJson} from '../store/columns.ts'
import {type Batch, type ContactEntity, type ConversationEntity, knownKey, tell, touch} from './batch.ts'
import {setConsent} from './changes.ts'
import type {InboxItem, Verdict} from './inbox-row.ts'
import {identitiesOf} from './item-identities.ts'
import {fetchMediaJob} from './media-job.ts'
import {findOrMakeContact, findOrOpenConversation} from './people.ts'
import {recentOf, rememberText} from './recent.ts'
import {resumeSession, startFlow, stopSession} from './run.ts'
import type {Scene} from './scene.ts'

/** A message that comes later than this is stored and answered by nobody. */
const STALE_MS = 6 * 3600_000

interface Arrival {
  batch: Batch
  item: InboxItem
  message: InboundMessage
  flows: LiveFlows
  /** The turn failed before: only store. */
  storeOnly?: string
}

/** One customer message: person and conversation, the row, opt-out words, then a turn of a flow (design, section 5). */
export function receiveMessage(arrival: Arrival): Verdict {
  const {batch, item, message, flows} = arrival
  if (message.ignored) {
    batch.written.events.push({
      type: 'ignored',
      at: batch.now,
      data: {config_id: item.configId, reason: message.ignored},
    })
    return {state: 'ignored'}
  }
  const [address] = message.from
  if (!address) return {state: 'failed', error: 'The message names no sender.'}
  const known = batch.known.get(knownKey(item.configId, message.providerId))
  // Only the placeholder of a message that was not available yet may be followed by the real one.
  const placeholder = known && message.stage === 1 && known.type === 'unsupported' ? known.id : undefined
  // A row that was handled before is a replay: its message is stored, its turn is run again.
  const replayed = known && placeholder === undefined && item.attempts > 0 ? known.id : undefined
  if (known && placeholder === undefined && replayed === undefined) return {state: 'done'}
  const contact = findOrMakeContact(batch, identitiesOf(batch, item), message.name)
  const conversation = findOrOpenConversation(batch, {contact, configId: item.configId, address})
  updateConversation(batch, {contact, conversation}, message)
  const arrived = replayed === undefined ? arrive(arrival, {contact, conversation, placeholder}) : undefined
  const id = arrived?.id ?? replayed ?? ''
  if (replayed === undefined && item.receivedAt - message.at > STALE_MS) {
    tell(batch, 'stale', conversation, {message_id: id, age_s: Math.round((item.receivedAt - message.at) / 1000)})
    return {state: 'stale'}
  }
  if (arrival.storeOnly !== undefined) return {state: 'failed', error: arrival.storeOnly}
  const where = give({batch, flows, conversation}, contact, incoming(id, message))
  // Told before what follows from it, and completed when it is known where in a flow it went.
  Object.assign(arrived?.told ?? {}, where)
  if (batch.configs.get(item.configId)?.markRead) {
    batch.written.reads.push({configId: item.configId, providerId: message.providerId, address: addressText(address)})
  }
  return {state: 'done'}
}

interface Place {
  contact: ContactEntity
  conversation: ConversationEntity
  /** Id of the row that stood in for this message. */
  placeholder?: string
}

/** A message that is new to us. */
function arrive(arrival: Arrival, place: Place): {id: string; told: Record<string, unknown>} {
  const {batch, message} = arrival
  const id = store(arrival, place)
  const told = tell(batch, 'message_received', place.conversation, {
    message_id: id,
    direction: 'inbound',
    kind: message.kind,
    text: message.text,
    whatsapp_message_id: message.providerId,
  })
  return {id, told}
}

function store({batch, item, message}: Arrival, {contact, conversation, placeholder}: Place): string {
  const id = placeholder ?? batch.ids.next()
  const where = {
    id,
    conversationId: conversation.row.id,
    configId: item.configId,
    contactId: contact.row.id,
    now: batch.now,
  }
  const {content, option, replyTo, forwarded, referral} = message
  const voice = 'media' in content && content.media.voice === true ? true : undefined
  const meta = {content: withoutBytes(content), option, reply_to: replyTo, forwarded, referral, voice}
  const row = receivedRow(where, 'inbound', message, meta)
  if (placeholder === undefined) batch.written.messages.push(row)
  else batch.written.upgrades.push({id, type: message.kind.slice(0, 50), content: message.text, metadata: toJson(meta)})
  batch.known.set(knownKey(item.configId, message.providerId), {
    id,
    whatsapp_message_id: message.providerId,
    status: 'received',
    type: message.kind,
    conversation_id: conversation.row.id,
    contact_id: contact.row.id,
    whatsapp_config_id: item.configId,
    direction: 'inbound',
    error_message: null,
  })
  if ('media' in content)
    batch.written.jobs.push(fetchMediaJob(batch, {messageId: id, inboxId: item.id, configId: item.configId}))
  return id
}

/** Bytes that came inside the webhook go to disk by the media job, not into the row. */
const withoutBytes = (content: InboundMessage['content']): InboundMessage['content'] =>
  'media' in content && content.media.base64 !== undefined
    ? {...content, media: {...content.media, base64: undefined}}
    : content

function updateConversation(batch: Batch, {contact, conversation}: Place, message: InboundMessage): void {
  const {row} = conversation
  const at = new Date(Math.min(message.at, batch.now))
  row.last_message_at = new Date(batch.now)
  row.last_inbound_at = row.last_inbound_at && row.last_inbound_at > at ? row.last_inbound_at : at
  row.reply_to = addressText(message.from[0] ?? {kind: 'phone', value: ''}).slice(0, 400)
  row.contact_name = contact.row.name
  row.contact_phone = contact.row.phone
  if (row.holder === 'phone' && row.held_until_at && row.held_until_at.getTime() <= batch.now) {
    row.holder = 'bot'
    row.held_until_at = null
  }
  rememberText(batch, conversation, 'inbound', message.text)
  touch(conversation)
}

const routes = new WeakMap<object, RouteFlow>()
/** A release routes the same for as long as it lives. */
function routeFlows(flows: LiveFlows): RouteFlow[] {
  return flows.live.map(({compiled}) => {
    let found = routes.get(compiled)
    if (!found) {
      found = routeOf(compiled.definition)
      routes.set(compiled, found)
    }
    return found
  })
}

/** Lets the message do what it does; tells the flow and the node that got it, if any did. */
function give(scene: Scene, contact: ContactEntity, message: IncomingMessage): {flow?: string; node?: string | null} {
  const {batch, conversation, flows} = scene
  const session = batch.sessions.get(conversation.row.id)
  const config = batch.configs.get(conversation.row.whatsapp_config_id)
  const {holder} = conversation.row
  const verdict = decide(routeFlows(flows), message, {
    number: config ? [config.id, config.phoneNumber, config.name] : [],
    holder: holder === 'bot' || holder === 'phone' ? holder : 'person',
    session: session?.session ?? null,
    optedIn: contact.row.opted_in,
    now: batch.now,
    recent: recentOf(conversation.row.metadata),
    optOutWords: words(batch.tenant.settings.opt_out_words),
    optInWords: words(batch.tenant.settings.opt_in_words),
  })
  switch (verdict.kind) {
    case 'opt_out':
    case 'opt_in':
      confirmConsent(scene, contact, verdict.kind === 'opt_in')
      break
    case 'stored':
      break
    case 'unanswered':
      tell(batch, 'unanswered', conversation, {message_id: message.id})
      break
    case 'start': {
      const flow = flows.byKey.get(verdict.flow)
      if (!flow) break
      startFlow(scene, flow, {kind: 'start', message})
      return {flow: verdict.flow, node: flow.compiled.start}
    }
    case 'answer': {
      if (!session) break
      const {flow, node} = session.session
      resumeSession(scene, session, {kind: 'message', message})
      return {flow, node}
    }
    case 'loop':
      if (session) stopSession(scene, session, 'abandoned', 'bot_loop')
      tell(batch, 'bot_loop', conversation, {})
  }
  return {}
}

const words = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((word) => typeof word === 'string') : []

/** One confirmation, and from here on no campaign and no scheduled flow. */
function confirmConsent(scene: Scene, contact: ContactEntity, granted: boolean): void {
  const {batch, conversation} = scene
  if (!setConsent(batch, contact.row.id, granted, 'keyword')) return
  const text = consentText(granted, batch.tenant.settings)
  const {row} = conversation
  const {message, outbox} = outboundRows({
    id: batch.ids.next(),
    conversationId: row.id,
    configId: row.whatsapp_config_id,
    contactId: row.contact_id,
    address: row.reply_to,
    content: {kind: 'text', text},
    purpose: 'reply',
    meta: {by: 'opt_out'},
    now: batch.now,
  })
  batch.written.messages.push(message)
  batch.written.outbox.push(outbox)
  tell(batch, 'message_queued', conversation, {message_id: message.id, direction: 'outbound', kind: 'text', text})
}
