import {sql} from 'kysely'
import {z} from 'zod'
import {findFlow} from '../deploy/releases.ts'
import {byId} from './fields.ts'
import {operation} from './operation.ts'

const PeopleAt = z.object({
  /** Absent for a session that stands nowhere. */
  node: z.string().nullable(),
  release: z.string(),
  /** How many people are there now. */
  sessions: z.number(),
  /** Those of them whom a person has taken over. */
  with_person: z.number(),
})

/** Who is inside a flow now, node by node and release by release. */
export const peopleInFlow = operation({
  id: 'flows.people',
  method: 'GET',
  path: '/flows/{id}/people',
  permission: 'flows:read',
  summary: 'Tell how many people are at each node of a flow now.',
  input: byId,
  output: z.object({flow: z.string(), data: z.array(PeopleAt)}),
  status: 200,
  async run({tenant}, {id}) {
    const flow = await findFlow(tenant, id)
    const rows = await tenant.read((db) =>
      db
        .selectFrom('flow_sessions')
        .select(['release', 'current_node_id', (e) => e.fn.countAll().as('sessions')])
        .select(sql<number>`SUM(CASE WHEN status = 'transferred' THEN 1 ELSE 0 END)`.as('with_person'))
        // In the very words of the index of living sessions.
        .where(sql<boolean>`status IN ('active', 'calling', 'transferred')`)
        .where('release', 'in', (e) => e.selectFrom('flow_releases').select('release').where('flow_id', '=', flow.id))
        .groupBy(['release', 'current_node_id'])
        .execute(),
    )
    const data = rows.map((row) => ({
      node: row.current_node_id,
      release: row.release,
      sessions: Number(row.sessions),
      with_person: Number(row.with_person),
    }))
    return {flow: flow.flow_key, data: data.sort((a, b) => b.sessions - a.sessions)}
  },
})

export const flowPeopleOperations = {peopleInFlow}
