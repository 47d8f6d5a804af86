import type {TenantDb} from '../store/stores.ts'

/** How the sender of one number stands. */
export interface LaneView {
  /** `running`, `paused` by a person, `stopped` by the provider. */
  state: string
  reason: string | null
  /** Messages that wait, claimed ones included. */
  queued: number
  /** On the wire, or with an outcome that nobody knows. */
  sending: number
  unknown: number
  /** Since when the oldest waits. */
  oldest_at: Date | null
}

/** The lanes of a tenant, by config. A config that never sent has one that runs. */
export async function laneViews(db: TenantDb): Promise<(configId: string) => LaneView> {
  const {lanes, counts} = await db.read(async (q) => ({
    lanes: await q.selectFrom('lanes').select(['config_id', 'state', 'reason']).execute(),
    counts: await q
      .selectFrom('outbox')
      .select(['config_id', 'state'])
      .select((e) => [e.fn.countAll().as('count'), e.fn.min('created_at').as('oldest_at')])
      .groupBy(['config_id', 'state'])
      .execute(),
  }))
  return (configId) => {
    const lane = lanes.find(({config_id: id}) => id === configId)
    const own = counts.filter(({config_id: id}) => id === configId)
    const sum = (...states: string[]) =>
      own.filter(({state}) => states.includes(state)).reduce((total, {count}) => total + Number(count), 0)
    const times = own
      .filter(({state}) => state === 'queued' || state === 'claimed')
      .flatMap(({oldest_at: at}) => (at === null ? [] : [at.getTime()]))
    return {
      state: lane?.state ?? 'running',
      reason: lane?.reason ?? null,
      queued: sum('queued', 'claimed'),
      sending: sum('sending'),
      unknown: sum('unknown'),
      oldest_at: times.length > 0 ? new Date(Math.min(...times)) : null,
    }
  }
}
