import type {Tx} from '../store/database.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import {inList} from '../store/in-list.ts'
import {openState} from './queue-state.ts'

type TenantTx = Tx<TenantSchema>

/** How long after it went to the wire a message of another holder becomes `unknown`: lease and 30 s. */
export const DOUBT_MS = 45_000
const REASON = 'The process that was sending it stopped before the answer came.'

export interface Successor {
  configId: string
  epoch: number
  /** Epoch of a holder whose process is surely gone: it cannot report any more, so nothing is waited for. */
  dead?: number
  now: number
}

/** What an earlier holder had claimed goes back to the queue: nothing of it was sent. */
export async function requeueClaimed(tx: TenantTx, {configId, epoch}: Successor): Promise<void> {
  await tx.db
    .updateTable('outbox')
    .set({state: 'queued', epoch: null})
    .where('config_id', '=', configId)
    .where(openState('claimed'))
    .where('epoch', '<>', epoch)
    .execute()
}

/**
 * What an earlier holder had on the wire is never sent again. It becomes `unknown` once that holder cannot report any
 * more, and lets the next message to that person go.
 */
export async function doubtSending(tx: TenantTx, {configId, epoch, dead, now}: Successor): Promise<void> {
  const late = new Date(now - DOUBT_MS)
  const doubtful = await tx.db
    .updateTable('outbox')
    .set({state: 'unknown', reason: REASON})
    .where('config_id', '=', configId)
    .where(openState('sending'))
    .where('epoch', '<>', epoch)
    .where((e) => e.or([e('sending_at', '<', late), ...(dead === undefined ? [] : [e('epoch', '=', dead)])]))
    .returning(['id', 'conversation_id', 'contact_id'])
    .execute()
  if (doubtful.length === 0) return
  await tx.update(
    'messages',
    ['id'],
    doubtful.map(({id}) => ({id, status: 'unknown', error_message: REASON, status_at: new Date(now)})),
  )
  const people = await tx.db
    .selectFrom('conversations')
    .select(['id', 'contact_name', 'contact_phone'])
    .where(
      inList(
        tx.engine,
        'id',
        doubtful.map((row) => row.conversation_id),
      ),
    )
    .execute()
  for (const row of doubtful) {
    const person = people.find(({id}) => id === row.conversation_id)
    tx.emit({
      type: 'message_unknown',
      at: now,
      data: {
        conversation_id: row.conversation_id,
        contact_id: row.contact_id,
        config_id: configId,
        contact_name: person?.contact_name ?? null,
        contact_phone: person?.contact_phone ?? null,
        message_id: row.id,
        direction: 'outbound',
        error: REASON,
      },
    })
  }
}
