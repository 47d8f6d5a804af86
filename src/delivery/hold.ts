import type {TenantDb} from '../store/stores.ts'
import type {Quota} from './choose.ts'

/** A person stops a number's sender: what is queued stays queued. Its holder sees it at the next step. */
export async function pauseLane(db: TenantDb, configId: string, reason: string, now: number): Promise<void> {
  await setLane(db, {configId, from: ['running', 'stopped', 'paused'], state: 'paused', reason, now})
}

/** Takes a paused number up again, and one that the provider stopped once what it complained of is mended. */
export async function resumeLane(db: TenantDb, configId: string, now: number): Promise<void> {
  await setLane(db, {configId, from: ['paused', 'stopped'], state: 'running', reason: null, now})
}

/** After new credentials: only what the provider stopped runs again; a person's pause stands. */
export async function resumeStopped(db: TenantDb, configId: string, now: number): Promise<void> {
  await setLane(db, {configId, from: ['stopped'], state: 'running', reason: null, now})
}

interface Held {
  /** Only of this number. */
  configId?: string
  reason: Quota['reason']
  due: number
}

const BATCH = 500

/** A limit was changed: what waits for the next day or month because of it is looked at again. */
export async function releaseHeld(db: TenantDb, {configId, reason, due}: Held): Promise<void> {
  for (let released = BATCH; released >= BATCH;) {
    const {numUpdatedRows} = await db.write((tx) =>
      tx.db
        .updateTable('outbox')
        .set({due_at: new Date(due), reason: null})
        .where('id', 'in', (held) => {
          const rows = held.selectFrom('outbox').select('id').where('state', '=', 'queued').where('reason', '=', reason)
          return (configId === undefined ? rows : rows.where('config_id', '=', configId)).limit(BATCH)
        })
        .executeTakeFirst(),
    )
    released = Number(numUpdatedRows)
  }
}

interface LaneChange {
  configId: string
  from: readonly string[]
  state: 'running' | 'paused'
  reason: string | null
  now: number
}

async function setLane(db: TenantDb, {configId, from, state, reason, now}: LaneChange): Promise<void> {
  await db.write(async (tx) => {
    const {numUpdatedRows} = await tx.db
      .updateTable('lanes')
      .set({state, reason, updated_at: new Date(now)})
      .where('config_id', '=', configId)
      .where('state', 'in', [...from])
      .executeTakeFirst()
    if (numUpdatedRows === 0n) return
    const type = state === 'running' ? 'lane_resumed' : 'lane_stopped'
    tx.emit({type, at: now, data: {config_id: configId, ...(reason === null ? {} : {reason})}})
  })
}
