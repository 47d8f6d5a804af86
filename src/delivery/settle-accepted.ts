import type {Kysely} from 'kysely'
import {readableText} from '../base/message.ts'
import {failureData, failureStep, failureText, type ProviderError} from '../channels/errors.ts'
import {storedIdentities} from '../contacts/identity.ts'
import {afterStatus} from '../messages/status.ts'
import type {Row, Tx} from '../store/database.ts'
import {inList} from '../store/in-list.ts'
import {prepared} from '../store/prepared.ts'
import {together} from '../store/together.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import type {Claimed} from './claim.ts'
import {type Finished, type SettleContext, subjectOf} from './results.ts'

type TenantTx = Tx<TenantSchema>

/** Takes messages off the queue. */
export const leaveQueue = prepared((db: Kysely<TenantSchema>, {ids}: {ids: string[]}, engine) =>
  db
    .deleteFrom('outbox')
    .where(inList(engine, 'id', ids))
    .returning(['id', 'contact_id'])
    .compile(),
)

/** What is known of messages that the provider took once they are written down as sent. */
export interface Sent {
  finished: readonly Finished[]
  /** Statuses that came before, by the provider's id. */
  early: ReadonlyMap<string, EarlyStatus[]>
  /** Whose they were as they went, by our id. */
  contacts: ReadonlyMap<string, string>
}

/** Writes down as sent what the provider took, and takes it off the queue. */
export async function writeSent(tx: TenantTx, all: readonly Finished[]): Promise<Sent> {
  const finished = all.filter(({result}) => result.outcome === 'accepted')
  if (finished.length === 0) return {finished, early: new Map(), contacts: new Map()}
  const [, early, {rows: gone}] = await together(
    tx.update('messages', ['id'], finished.flatMap(sentRows)),
    // After that: on PostgreSQL a turn that knows a message by its provider's id either waits for these rows, or was done before them.
    earlyStatuses(tx, finished),
    // Read as the rows go: a contact may have been merged into another one while its message was on the wire.
    leaveQueue(tx, {ids: finished.map(({message}) => message.id)}),
  )
  return {finished, early, contacts: new Map(gone.map((row) => [row.id, row.contact_id]))}
}

/** Writes all that follows from it. Answers what was learned of the recipients. */
export function settleAccepted(tx: TenantTx, {finished, early, contacts}: Sent, context: SettleContext): string[] {
  if (finished.length === 0) return []
  const later: Row[] = []
  const identities: Row[] = []
  const learned: string[] = []
  for (const {message, result, sent, startedAt, endedAt} of finished) {
    if (result.outcome !== 'accepted') continue
    const facts = early.get(result.providerId) ?? []
    const status = facts.reduce((current: string, fact) => afterStatus(current, fact.status), SENT)
    const error = status === 'failed' ? facts.find((fact) => fact.status === status)?.error : undefined
    if (status !== SENT) later.push({id: message.id, status, ...shownFailure(error)})
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
    if (status === 'failed') tx.emit(failedEarly(message, error, context))
  }
  tx.leave(
    tx.update('messages', ['id'], later),
    tx.insertNew('contact_identities', ['kind', 'scope', 'value'], identities),
    addToDay(tx, {configId: context.configId, day: context.day, accepted: finished.length}),
  )
  return learned
}

const SENT = 'sent'

const shownFailure = (error: ProviderError | undefined): Row => ({
  error_message: error ? failureText(error) : null,
  next_step: error ? failureStep(error) : null,
})

/** Nobody could be told when the status came, because nobody knew whose it was. */
const failedEarly = (message: Claimed, error: ProviderError | undefined, {configId, now}: SettleContext) => ({
  type: 'message_failed' as const,
  at: now,
  data: {
    ...subjectOf(configId, message),
    direction: 'outbound',
    status: 'failed',
    ...(error ? failureData(error) : {}),
  },
})

const sentRows = ({message, result, endedAt}: Finished): Row[] =>
  result.outcome === 'accepted'
    ? [
        {
          id: message.id,
          status: SENT,
          whatsapp_message_id: result.providerId,
          error_message: null,
          status_at: new Date(endedAt),
        },
      ]
    : []

const statusesOf = prepared((db: Kysely<TenantSchema>, {ids}: {ids: string[]}, engine) =>
  db
    .selectFrom('message_statuses')
    .select(['whatsapp_message_id', 'status', 'data'])
    .where(inList(engine, 'whatsapp_message_id', ids))
    .where('participant', '=', '')
    .compile(),
)

interface EarlyStatus {
  status: string
  error?: ProviderError
}

/** Statuses that arrived before we knew the id they speak of. */
async function earlyStatuses(tx: TenantTx, finished: readonly Finished[]): Promise<Map<string, EarlyStatus[]>> {
  const ids = finished.flatMap(({result}) => (result.outcome === 'accepted' ? [result.providerId] : []))
  const {rows} = await statusesOf(tx, {ids})
  const found = new Map<string, EarlyStatus[]>()
  for (const {whatsapp_message_id: id, status, data} of rows) {
    const {error} = (data ?? {}) as Pick<EarlyStatus, 'error'>
    found.set(id, [...(found.get(id) ?? []), {status, error}])
  }
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
