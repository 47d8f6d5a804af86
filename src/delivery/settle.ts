import {failureData, failureStep, failureText, type ProviderError} from '../channels/errors.ts'
import type {Row, Tx} from '../store/database.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import type {Claimed} from './claim.ts'
import {gateReasons, gateSteps} from './gate.ts'
import {type Finished, type Postponed, type SettleContext, subjectOf, type TurnedAway} from './results.ts'
import {nextStep} from './retry.ts'
import {type Sent, settleAccepted} from './settle-accepted.ts'

type TenantTx = Tx<TenantSchema>

/** What the lane itself has to know of the results. */
export interface LaneNews {
  accepted: number
  stop?: ProviderError
  slow: ProviderError[]
  /** Contacts with identities of theirs that are on disk once this is committed. */
  learned: string[]
}

interface Results {
  finished: readonly Finished[]
  /** Those of them that the provider took. */
  sent: Sent
}

/** Writes the results of attempts: states, facts that came early, learned identities, counters, events. */
export async function settle(tx: TenantTx, {finished, sent}: Results, context: SettleContext): Promise<LaneNews> {
  const news: LaneNews = {accepted: sent.finished.length, slow: [], learned: []}
  if (finished.length === 0) return news
  news.learned = settleAccepted(tx, sent, context)
  const back: Row[] = []
  for (const one of finished) {
    if (one.result.outcome === 'accepted') continue
    if (one.result.outcome === 'unknown') await settleUnknown(tx, one, context)
    else await settleRefused(tx, {...one, error: one.result.error}, {context, news, back})
  }
  await tx.update('outbox', ['id'], back)
  return news
}

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
    const contactId = await fail(tx, message, {error}, context)
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
  error: Parameters<typeof failureText>[0]
  status?: 'failed' | 'expired'
}

/** Answers whose message it was, as its row said. */
async function fail(
  tx: TenantTx,
  message: Claimed,
  {error, status = 'failed'}: Failure,
  {configId, now}: Pick<SettleContext, 'configId' | 'now'>,
): Promise<string | undefined> {
  await tx.update(
    'messages',
    ['id'],
    [
      {
        ...{id: message.id, status, error_message: failureText(error), next_step: failureStep(error)},
        status_at: new Date(now),
      },
    ],
  )
  const gone = await tx.db.deleteFrom('outbox').where('id', '=', message.id).returning('contact_id').executeTakeFirst()
  tx.emit({
    type: status === 'expired' ? 'message_expired' : 'message_failed',
    at: now,
    data: {...subjectOf(configId, message), direction: 'outbound', status, ...failureData(error)},
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
    const error = {code: reason, message: detail ?? gateReasons[reason], nextStep: gateSteps[reason]}
    await fail(tx, message, {error, status: reason === 'expired' ? 'expired' : 'failed'}, context)
  }
  await tx.update(
    'outbox',
    ['id'],
    postponed.map(({message, until, reason}) => queuedAgain(message, {attempts: message.attempts, due: until, reason})),
  )
}
