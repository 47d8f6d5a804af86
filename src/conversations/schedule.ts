import type {Kysely} from 'kysely'
import type {Trigger} from '../flow/shape.ts'
import {type DueFire, dueFire} from '../flow/schedule.ts'
import {jobRow} from '../jobs/queue.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import type {TenantInfo} from '../tenants/tenant-cache.ts'

/** Name of the job that starts a scheduled flow with everybody it is meant for. */
export const SCHEDULE_FIRE = 'schedule.fire'

const ATTEMPTS = 10

type Schedule = Extract<Trigger, {type: 'schedule'}>
type Deps = Pick<Runtime, 'stores' | 'clock' | 'ids'>

const scheduledFlows = (q: Kysely<TenantSchema>) =>
  q
    .selectFrom('flows')
    .innerJoin('flow_releases', (join) =>
      join.onRef('flow_releases.flow_id', '=', 'flows.id').onRef('flow_releases.version', '=', 'flows.version'),
    )
    .leftJoin('flow_fires', 'flow_fires.flow_id', 'flows.id')
    .select([
      'flows.id',
      'flows.flow_key',
      'flow_releases.definition',
      'flow_fires.last_at',
      'flow_releases.created_at',
    ])
    .where('flows.is_active', '=', true)
    .where('flows.trigger_type', '=', 'schedule')
    .execute()

type ScheduledFlow = Awaited<ReturnType<typeof scheduledFlows>>[number]

function fireOf(flow: ScheduledFlow, timeZone: string, now: number): DueFire {
  const {trigger} = flow.definition as {trigger: Schedule}
  // A flow that was published after its time does not fire for the past.
  const last = Math.max(flow.last_at?.getTime() ?? 0, flow.created_at.getTime())
  return dueFire(trigger, last, now, timeZone)
}

/** When a scheduled flow fires next; null when none does. */
export async function schedulesDue(q: Kysely<TenantSchema>, timeZone: string, now: number): Promise<number | null> {
  const flows = await scheduledFlows(q)
  const times = flows.flatMap((flow) => {
    const {fire, next} = fireOf(flow, timeZone, now)
    return [fire ?? next].filter((at) => at !== null)
  })
  return times.length > 0 ? Math.min(...times) : null
}

/** Queues what is due of a tenant's scheduled flows. The fire and its job are one commit, so none is lost or doubled. */
export async function fireSchedules({stores, clock, ids}: Deps, tenant: TenantInfo): Promise<boolean> {
  const db = stores.tenant(tenant.id)
  const flows = await db.read(scheduledFlows)
  let fired = false
  for (const flow of flows) {
    const now = clock.now()
    const {fire} = fireOf(flow, tenant.settings.timezone, now)
    if (fire === null) continue
    fired = true
    await db.write(async (tx) => {
      const [fresh] = await tx.insertNew('flow_fires', ['flow_id'], [{flow_id: flow.id, last_at: new Date(fire)}])
      if (!fresh) {
        const moved = await tx.db
          .updateTable('flow_fires')
          .set({last_at: new Date(fire)})
          .where('flow_id', '=', flow.id)
          .where((e) => e.or([e('last_at', '<', new Date(fire)), e('last_at', 'is', null)]))
          .executeTakeFirst()
        // Another node was faster.
        if (moved.numUpdatedRows === 0n) return
      }
      const key = `${SCHEDULE_FIRE} ${flow.id} ${fire}`
      await tx.insert('jobs', [
        jobRow({
          id: ids.next(),
          kind: SCHEDULE_FIRE,
          key,
          payload: {flow: flow.flow_key, fire},
          createdBy: 'schedule',
          now,
          maxAttempts: ATTEMPTS,
        }),
      ])
    })
  }
  return fired
}
