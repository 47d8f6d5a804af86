import {z} from 'zod'
import {runningCanaries} from '../deploy/canary.ts'
import {countReleases, releasesOf, type ReleaseRow} from '../deploy/history.ts'
import {livingByNode, type LivingAt} from '../deploy/people.ts'
import {findFlow, type FlowRow} from '../deploy/releases.ts'
import type {TenantDb} from '../store/stores.ts'
import {byId, iso, timeOut} from './fields.ts'
import {listOutput} from './list.ts'
import {operation} from './operation.ts'

const MOST = 1000

/** What is kept with a release. */
export const Release = z.object({
  version: z.number(),
  release: z.string(),
  author: z.string(),
  commit: z.string().nullable(),
  note: z.string().nullable(),
  ci_url: z.string().nullable(),
  created_at: timeOut,
})

export const presentRelease = (row: ReleaseRow): z.output<typeof Release> => ({
  ...row,
  created_at: iso(row.created_at),
})

export const HistoryRow = Release.extend({
  live: z.boolean(),
  /** Share of new sessions that take it while it is tried; else null. */
  canary: z.number().nullable(),
  /** People who are inside it now. */
  people: z.number(),
})
export type HistoryRow = z.output<typeof HistoryRow>

export const listReleases = operation({
  id: 'flows.releases',
  method: 'GET',
  path: '/flows/{id}/releases',
  permission: 'flows:read',
  summary: 'List the releases of a flow, newest first, with how many people are inside each.',
  input: byId.extend({limit: z.coerce.number().int().min(1).max(MOST).default(20)}),
  output: listOutput(HistoryRow),
  status: 200,
  async run({tenant}, {id, limit}) {
    const flow = await findFlow(tenant, id)
    const total = await countReleases(tenant, flow)
    const data = (await historiesOf(tenant, [flow], limit)).get(flow.id) ?? []
    return {data, page: {page: 1, limit, total, has_more: total > data.length, after: null}}
  },
})

/** The newest releases of each of these flows: the same few statements, however many flows there are. */
export async function historiesOf(
  tenant: TenantDb,
  flows: readonly FlowRow[],
  limit: number,
): Promise<Map<string, HistoryRow[]>> {
  const ids = flows.map(({id}) => id)
  const releases = await releasesOf(tenant, ids, limit)
  const inside = {living: await tenant.read(livingByNode), canaries: await runningCanaries(tenant, ids)}
  return new Map(flows.map((flow) => [flow.id, historyOf(flow, releases.get(flow.id) ?? [], inside)]))
}

interface Inside {
  living: readonly LivingAt[]
  canaries: Awaited<ReturnType<typeof runningCanaries>>
}

function historyOf(flow: FlowRow, rows: readonly ReleaseRow[], {living, canaries}: Inside): HistoryRow[] {
  const canary = canaries.get(flow.id)
  const people = new Map<number, number>()
  for (const {flowId, version, sessions} of living)
    if (flowId === flow.id) people.set(version, (people.get(version) ?? 0) + sessions)
  return rows.map((row) => ({
    ...presentRelease(row),
    live: flow.is_active && flow.version === row.version,
    canary: canary?.version === row.version ? canary.share : null,
    people: people.get(row.version) ?? 0,
  }))
}

const PeopleAt = z.object({
  node: z.string().nullable(),
  version: z.number(),
  count: z.number(),
  /** Those of them whom a person has taken over. */
  with_person: z.number(),
})
export type PeopleAt = z.output<typeof PeopleAt>

export const countPeople = operation({
  id: 'flows.people',
  method: 'GET',
  path: '/flows/{id}/people',
  permission: 'flows:read',
  summary: 'Count the people who are inside a flow now, by node and release.',
  input: byId,
  output: z.object({flow: z.string(), total: z.number(), data: z.array(PeopleAt)}),
  status: 200,
  async run({tenant}, {id}) {
    const flow = await findFlow(tenant, id)
    const places = await tenant.read(livingByNode)
    const data = places
      .filter(({flowId}) => flowId === flow.id)
      .map(({node, version, sessions, withPerson}) => ({node, version, count: sessions, with_person: withPerson}))
    data.sort((a, b) => b.count - a.count)
    return {flow: flow.flow_key, total: data.reduce((sum, {count}) => sum + count, 0), data}
  },
})

export const flowReleaseOperations = {listReleases, countPeople}
