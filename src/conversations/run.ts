import {aftermath} from '../flow/aftermath.ts'
import {businessOpen} from '../flow/business.ts'
import type {CompiledFlow} from '../flow/compile.ts'
import {endSession, runTurn} from '../flow/engine.ts'
import {isOver} from '../flow/life.ts'
import {redirectSession} from '../flow/redirect.ts'
import type {Input, Session, Turn, World} from '../flow/session.ts'
import type {LiveChoice} from '../flow/shape.ts'
import {timeUp} from '../flow/time-up.ts'
import {type LiveFlow, releaseFor} from '../deploy/live-flows.ts'
import type {Json} from '../base/json.ts'
import {channels} from '../channels/registry.ts'
import {type Batch, type ConversationEntity, type SessionEntity, touch} from './batch.ts'
import {carryOut} from './effects.ts'
import {withoutHandOver} from './hand-over.ts'
import {closeConversation} from './people.ts'
import type {Scene} from './scene.ts'

/** Begins a flow in a conversation; a session that was there is replaced. */
export function startFlow(scene: Scene, flow: LiveFlow, input: Extract<Input, {kind: 'start'}>): void {
  const {batch, conversation} = scene
  const old = batch.sessions.get(conversation.row.id)
  if (old) finish(scene, old, endSession(worldOf(scene), old.session, 'replaced', 'replaced'))
  const turn = runTurn(worldOf(scene), null, input, releaseFor(flow, conversation.row.contact_id))
  const entity: SessionEntity = {
    session: turn.session,
    flowId: flow.id,
    conversationId: conversation.row.id,
    contactId: conversation.row.contact_id,
    configId: conversation.row.whatsapp_config_id,
    state: 'new',
  }
  batch.sessions.set(conversation.row.id, entity)
  settle(scene, entity, turn)
}

/** Gives an input to the session of a conversation. False when the session does not stand for it. */
export function resumeSession(scene: Scene, entity: SessionEntity, input: Input): boolean {
  const turn = runTurn(worldOf(scene), entity.session, input)
  if (turn.session === entity.session) return false
  settle(scene, entity, turn)
  return true
}

/** A wait is over, or the session's life is. It may have moved on since it was found due. */
export function expireSession(scene: Scene, entity: SessionEntity): void {
  const turn = timeUp(worldOf(scene), entity.session)
  if (turn) settle(scene, entity, turn)
}

/** Takes a session to another place of a flow. */
export function moveSession(scene: Scene, entity: SessionEntity, flow: CompiledFlow, choice: LiveChoice): void {
  const turn = redirectSession(worldOf(scene), entity.session, flow, choice)
  if (turn) settle(scene, entity, turn)
}

/** Ends a session from outside. */
export function stopSession(
  scene: Scene,
  entity: SessionEntity,
  status: 'failed' | 'abandoned' | 'expired',
  reason: string,
): void {
  settle(scene, entity, endSession(worldOf(scene), entity.session, status, reason))
}

function settle(scene: Scene, entity: SessionEntity, turn: Turn): void {
  const {batch, conversation} = scene
  const before = entity.session.status
  entity.session = turn.session
  touch(entity)
  carryOut(scene, entity, turn.effects)
  if (isOver(turn.session.status)) finish(scene, entity, {session: turn.session, effects: []})
  const then = aftermath(before, turn.session, conversation.row.holder)
  if (then === 'returns') returnToBot(conversation)
  else if (then !== 'stays') closeConversation(batch, conversation, then)
}

function returnToBot(conversation: ConversationEntity): void {
  conversation.row.holder = 'bot'
  conversation.row.status = 'active'
  conversation.row.held_until_at = null
  conversation.row.metadata = withoutHandOver(conversation.row.metadata)
  touch(conversation)
}

/** Moves an ended session out of the way of the next one. */
function finish(scene: Scene, entity: SessionEntity, turn: Turn): void {
  const {batch} = scene
  entity.session = turn.session
  touch(entity)
  carryOut(scene, entity, turn.effects)
  batch.ended.push(entity)
  if (batch.sessions.get(entity.conversationId) === entity) batch.sessions.delete(entity.conversationId)
}

export function worldOf({batch, flows, conversation}: Scene): World {
  const {row} = conversation
  const contact = batch.contacts.get(row.contact_id)?.row
  const {settings} = batch.tenant
  return {
    now: batch.now,
    id: batch.ids.next(),
    timeZone: settings.timezone,
    contact: {
      id: row.contact_id,
      name: contact?.name ?? null,
      phone: contact?.phone ?? null,
      email: contact?.email ?? null,
      tags: contact?.tags ?? [],
      attributes: (contact?.attributes ?? {}) as Record<string, Json>,
      opted_in: contact?.opted_in ?? true,
    },
    conversation: {id: row.id, status: row.status, assigned_to: row.assigned_to, tags: row.tags ?? []},
    // Worked out when a flow asks: reading a time zone costs more than the rest of a turn.
    business: {
      get open() {
        return businessOpen(settings.business ?? {}, batch.now, settings.timezone)
      },
    },
    campaign: null,
    windowUntil: windowUntil(batch, conversation),
    live(key) {
      const flow = flows.byKey.get(key)
      return flow && releaseFor(flow, row.contact_id)
    },
    release: (id): CompiledFlow | undefined => flows.release(id),
  }
}

/** When the customer-service window closes, ms; null where the channel has none. */
export function windowUntil(batch: Batch, {row}: ConversationEntity): number | null {
  const apiType = batch.configs.get(row.whatsapp_config_id)?.apiType ?? 'official'
  const {windowMs} = channels[apiType].capabilities
  return windowMs === null ? null : (row.last_inbound_at?.getTime() ?? 0) + windowMs
}

/** Releases that the sessions of a batch are inside, callers included. */
export function releasesIn(sessions: Iterable<{session: Session}>): Set<string> {
  const releases = new Set<string>()
  for (const {session} of sessions) {
    releases.add(session.release)
    for (const frame of session.stack) releases.add(frame.release)
  }
  return releases
}
