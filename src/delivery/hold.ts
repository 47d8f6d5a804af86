import type {TenantDb} from '../store/stores.ts'

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
