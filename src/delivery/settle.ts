import type {Kysely} from 'kysely'
import {type Content, readableText} from '../base/message.ts'
import type {Random} from '../base/ids.ts'
import type {SendResult} from '../channels/channel.ts'
import type {ProviderError} from '../channels/errors.ts'
import {type IdentityScope, storedIdentities} from '../contacts/identity.ts'
import {afterStatus} from '../messages/status.ts'
import type {Row, Tx} from '../store/database.ts'
import {inList} from '../store/in-list.ts'
import {prepared} from '../store/prepared.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import type {Claimed} from './claim.ts'
import {type GateReason, gateReasons} from './gate.ts'
import {nextStep} from './retry.ts'

type TenantTx = Tx<TenantSchema>

/** An attempt that ended. */
export interface Finished {
  message: Claimed
  attemptId: string
  /** What was really sent: the content, or its fallback. */
  sent: Content
  result: SendResult
  startedAt: number
  endedAt: number
}

/** A message that the gate turned away without a call. */
export interface TurnedAway {
  message: Claimed
  reason: GateReason
  detail?: string
}

/** A message that must wait; it goes back to the queue with the time and the reason, so that people can see both. */
export interface Postponed {
  message: Claimed
  until: number
  reason: string
}

export interface SettleContext {
  configId: string
  scope: IdentityScope
  /** The tenant's calendar day, for the daily limit. */
  day: string
  now: number
  random: Random
  /** Whose identities are on disk surely, as `learned` of earlier results names them. */
  known?: ReadonlySet<string>
}

/** What the lane itself has to know of the results. */
export interface LaneNews {
  accepted: number
  stop?: ProviderError
  slow: ProviderError[]
  /** Contacts with identities of theirs that are on disk once this is committed. */
  learned: string[]
}

/** Writes the results of attempts: states, facts that came early, learned identities, counters, events. */
export async function settle(tx: TenantTx, finished: readonly Finished[], context: SettleContext): Promise<LaneNews> {
  const news: LaneNews = {accepted: 0, slow: [], learned: []}
  if (finished.length === 0) return news
  const accepted = finished.filter((one) => one.result.outcome === 'accepted')
  news.learned = await settleAccepted(tx, accepted, context)
  news.accepted = accepted.length
  const back: Row[] = []
  for (const one of finished) {
    if (one.result.outcome === 'accepted') continue
    if (one.result.outcome === 'unknown') await settleUnknown(tx, one, context)
    else await settleRefused(tx, {...one, error: one.result.error}, {context, news, back})
  }
  await tx.update('outbox', ['id'], back)
  return news
}

export const subjectOf = (configId: string, message: Claimed) => ({
  conversation_id: message.conversationId,
  contact_id: message.contactId,
  config_id: configId,
  contact_name: message.contactName,
  contact_phone: message.contactPhone,
  message_id: message.id,
})

const leaveQueue = prepared((db: Kysely<TenantSchema>, {ids}: {ids: string[]}, engine) =>
  db
    .deleteFrom('outbox')
    .where(inList(engine, 'id', ids))
    .returning(['id', 'contact_id'])
    .compile(),
)

/** Answers what was learned of the recipients. */
async function settleAccepted(tx: TenantTx, finished: readonly Finished[], context: SettleContext): Promise<string[]> {
  if (finished.length === 0) return []
  const early = await earlyStatuses(tx, finished)
  // Read as the rows go: a contact may have been merged into another one while its message was on the wire.
  const {rows: gone} = await leaveQueue(tx, {ids: finished.map(({message}) => message.id)})
  const contacts = new Map(gone.map((row) => [row.id, row.contact_id]))
  const rows: Row[] = []
  const identities: Row[] = []
  const learned: string[] = []
  for (const {message, result, sent, startedAt, endedAt} of finished) {
    if (result.outcome !== 'accepted') continue
    const facts = early.get(result.providerId) ?? []
    const status = facts.reduce((current: string, fact) => afterStatus(current, fact), 'sent')
    rows.push({
      id: message.id,
      status,
      whatsapp_message_id: result.providerId,
      error_message: null,
      status_at: new Date(endedAt),
    })
    const contactId = contacts.get(message.id)
    const name = `${contactId} ${result.identities.map((one) => `${one.kind}:${one.value}`).join(' ')}`
    if (contactId !== undefined && !context.known?.has(name)) {
      for (const identity of storedIdentities(result.identities, context.scope))
        identities.push({...identity, contact_id: contactId})
      learned.push(name)
    }
    tx.emit({
      type: 'message_sent',
      at: context.now,
      data: Object.assign(subjectOf(context.configId, message), {
        direction: 'outbound',
        whatsapp_message_id: result.providerId,
        kind: sent.kind,
        text: readableText(sent),
        flow: message.step?.flow ?? null,
        node: message.step?.node ?? null,
        status,
        attempt: message.attempts + 1,
        took_ms: Math.round(endedAt - startedAt),
        held: result.held ? true : undefined,
      }),
    })
  }
  await tx.update('messages', ['id'], rows)
  await tx.insertNew('contact_identities', ['kind', 'scope', 'value'], identities)
  await addToDay(tx, {configId: context.configId, day: context.day, accepted: finished.length})
  return learned
}

const statusesOf = prepared((db: Kysely<TenantSchema>, {ids}: {ids: string[]}, engine) =>
  db
    .selectFrom('message_statuses')
    .select(['whatsapp_message_id', 'status'])
    .where(inList(engine, 'whatsapp_message_id', ids))
    .where('participant', '=', '')
    .compile(),
)

/** Statuses that arrived before we knew the id they speak of. */
async function earlyStatuses(tx: TenantTx, finished: readonly Finished[]): Promise<Map<string, string[]>> {
  const ids = finished.flatMap(({result}) => (result.outcome === 'accepted' ? [result.providerId] : []))
  const {rows} = await statusesOf(tx, {ids})
  const found = new Map<string, string[]>()
  for (const row of rows)
    found.set(row.whatsapp_message_id, [...(found.get(row.whatsapp_message_id) ?? []), row.status])
  return found
}

const addToDay = prepared(
  (db: Kysely<TenantSchema>, {configId, day, accepted}: {configId: string; day: string; accepted: number}) =>
    db
      .insertInto('lane_days')
      .values({config_id: configId, day, accepted})
      .onConflict((on) =>
        on
          .columns(['config_id', 'day'])
          .doUpdateSet((e) => ({accepted: e('lane_days.accepted', '+', e.ref('excluded.accepted'))})),
      )
      .compile(),
)

/** Bytes left and no answer could be read: nobody sends it again on a guess (decision 5). */
async function settleUnknown(
  tx: TenantTx,
  {message, attemptId, result}: Finished,
  context: SettleContext,
): Promise<void> {
  const reason = result.outcome === 'unknown' ? result.error.message : ''
  const still = await tx.db
    .updateTable('outbox')
    .set({state: 'unknown', reason})
    .where('id', '=', message.id)
    .where('attempt_id', '=', attemptId)
    .executeTakeFirst()
  // A status may have settled it while the answer was still being waited for.
  if (still.numUpdatedRows === 0n) return
  await tx.update(
    'messages',
    ['id'],
    [{id: message.id, status: 'unknown', error_message: reason, status_at: new Date(context.now)}],
  )
  tx.emit({
    type: 'message_unknown',
    at: context.now,
    data: {...subjectOf(context.configId, message), direction: 'outbound', error: reason},
  })
}

interface Refusal extends Finished {
  error: ProviderError
}

async function settleRefused(
  tx: TenantTx,
  {message, error}: Refusal,
  {context, news, back}: {context: SettleContext; news: LaneNews; back: Row[]},
): Promise<void> {
  const attempts = message.attempts + 1
  const next = nextStep(error, attempts, context.random)
  if (error.slows) news.slow.push(error)
  if ('stopLane' in next) {
    news.stop = error
    back.push(queuedAgain(message, {attempts: message.attempts, due: context.now, reason: error.message}))
  } else if ('retry' in next) {
    back.push(queuedAgain(message, {attempts, due: context.now + next.retry, reason: error.message}))
  } else {
    const contactId = await fail(
      tx,
      message,
      {code: error.code, text: error.message, nextStep: error.nextStep},
      context,
    )
    if (error.class === 'stop_recipient' && error.code === '131050')
      await optOut(tx, {...message, contactId: contactId ?? message.contactId}, context.now)
  }
}

const queuedAgain = (
  message: Claimed,
  {attempts, due, reason}: {attempts: number; due: number; reason: string},
): Row => ({
  id: message.id,
  state: 'queued',
  attempts,
  attempt_id: null,
  epoch: null,
  due_at: new Date(due),
  reason,
})

interface Failure {
  code: string
  text: string
  nextStep?: string
  status?: 'failed' | 'expired'
}

/** Answers whose message it was, as its row said. */
async function fail(
  tx: TenantTx,
  message: Claimed,
  failure: Failure,
  {configId, now}: Pick<SettleContext, 'configId' | 'now'>,
): Promise<string | undefined> {
  const status = failure.status ?? 'failed'
  await tx.update(
    'messages',
    ['id'],
    [{id: message.id, status, error_message: `${failure.code}: ${failure.text}`, status_at: new Date(now)}],
  )
  const gone = await tx.db.deleteFrom('outbox').where('id', '=', message.id).returning('contact_id').executeTakeFirst()
  tx.emit({
    type: status === 'expired' ? 'message_expired' : 'message_failed',
    at: now,
    data: {
      ...subjectOf(configId, message),
      direction: 'outbound',
      status,
      error_code: failure.code,
      error: failure.text,
      next_step: failure.nextStep ?? null,
    },
  })
  return gone?.contact_id
}

/** The provider told us that this person does not want marketing. */
async function optOut(tx: TenantTx, message: Claimed, now: number): Promise<void> {
  await tx.update('contacts', ['id'], [{id: message.contactId, opted_in: false, updated_at: new Date(now)}])
  await tx.insert('contact_consents', [
    {
      contact_id: message.contactId,
      purpose: 'marketing',
      granted: false,
      source: 'provider',
      created_at: new Date(now),
    },
  ])
  tx.emit({
    type: 'contact_opted_out',
    at: now,
    data: {
      contact_id: message.contactId,
      contact_name: message.contactName,
      contact_phone: message.contactPhone,
      source: 'provider',
    },
  })
}

/** Writes what the gate decided without a call. */
export async function settleGate(
  tx: TenantTx,
  {away, postponed}: {away: readonly TurnedAway[]; postponed: readonly Postponed[]},
  context: Pick<SettleContext, 'configId' | 'now'>,
): Promise<void> {
  for (const {message, reason, detail} of away) {
    const text = detail ?? gateReasons[reason]
    await fail(tx, message, {code: reason, text, status: reason === 'expired' ? 'expired' : 'failed'}, context)
  }
  await tx.update(
    'outbox',
    ['id'],
    postponed.map(({message, until, reason}) => queuedAgain(message, {attempts: message.attempts, due: until, reason})),
  )
}
