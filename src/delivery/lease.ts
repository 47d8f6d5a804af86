import {sql} from 'kysely'
import {type Holder, holderText, isGone} from '../base/holder.ts'
import type {Tx} from '../store/database.ts'
import {prepared} from '../store/prepared.ts'
import type {Lanes} from '../store/schema/messaging.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'

type TenantTx = Tx<TenantSchema>

export const LEASE_MS = 15_000

export interface LaneState {
  epoch: number
  state: string
  reason: string | null
  tokens: number | null
  tokensAt: number | null
  slowUntil: number | null
  slowFactor: number | null
}

/** PostgreSQL's nodes may disagree about the time, so leases there use the database's clock. */
const nowOf = (tx: TenantTx, now: number) => (tx.engine === 'postgres' ? sql<Date>`now()` : sql<Date>`${now}`)
const leaseByDatabase = sql<Date>`now() + ${`${LEASE_MS} milliseconds`}::interval`
const untilOf = (tx: TenantTx, now: number) =>
  tx.engine === 'postgres' ? leaseByDatabase : sql<Date>`${now + LEASE_MS}`

/**
 * Takes the lane, or undefined while another holder's lease runs. A new epoch fences whoever held it before. A holder of
 * this machine whose process is gone need not be waited for; `dead` is its epoch.
 */
export async function acquire(
  tx: TenantTx,
  configId: string,
  me: Holder,
  now: number,
): Promise<(LaneState & {dead?: number}) | undefined> {
  const row = await tx.db
    .selectFrom('lanes')
    .select(['holder', 'lease_until_at'])
    .where('config_id', '=', configId)
    .executeTakeFirst()
  const gone = row?.holder && isGone(row.holder, me)
  const taken = await tx.db
    .updateTable('lanes')
    .set((e) => ({
      holder: holderText(me),
      epoch: e('epoch', '+', 1),
      lease_until_at: untilOf(tx, now),
      updated_at: new Date(now),
    }))
    .where('config_id', '=', configId)
    .where((e) =>
      e.or([
        e('holder', 'is', null),
        e('holder', '=', gone ? (row.holder ?? '') : holderText(me)),
        e('lease_until_at', '<', nowOf(tx, now)),
      ]),
    )
    .returning(['epoch', 'state', 'reason', 'tokens', 'tokens_at', 'slow_until_at', 'slow_factor'])
    .executeTakeFirst()
  if (!taken) return undefined
  const state = laneState(taken)
  return gone ? {...state, dead: state.epoch - 1} : state
}

const prolong = prepared<TenantSchema, {configId: string; epoch: number; until: number}, LaneRow>(
  (db, {configId, epoch, until}, engine) =>
    db
      .updateTable('lanes')
      .set({lease_until_at: engine === 'postgres' ? leaseByDatabase : sql<Date>`${until}`})
      .where('config_id', '=', configId)
      .where('epoch', '=', epoch)
      .returning(['epoch', 'state', 'reason', 'tokens', 'tokens_at', 'slow_until_at', 'slow_factor'])
      .compile(),
)

/** Prolongs the lease as the first statement of each step; undefined when another holder has taken over. */
export async function renew(
  tx: TenantTx,
  configId: string,
  epoch: number,
  now: number,
): Promise<LaneState | undefined> {
  const {
    rows: [row],
  } = await prolong(tx, {configId, epoch, until: now + LEASE_MS})
  return row && laneState(row)
}

/** Gives the lane back, so that the next holder need not wait for the lease to end. */
export async function release(tx: TenantTx, configId: string, epoch: number): Promise<void> {
  await tx.db
    .updateTable('lanes')
    .set({holder: null, lease_until_at: null})
    .where('config_id', '=', configId)
    .where('epoch', '=', epoch)
    .execute()
}

type LaneRow = Pick<Lanes, 'epoch' | 'state' | 'reason' | 'tokens' | 'tokens_at' | 'slow_until_at' | 'slow_factor'>

const laneState = (row: LaneRow): LaneState => ({
  epoch: Number(row.epoch),
  state: row.state,
  reason: row.reason,
  tokens: row.tokens,
  tokensAt: row.tokens_at?.getTime() ?? null,
  slowUntil: row.slow_until_at?.getTime() ?? null,
  slowFactor: row.slow_factor,
})
