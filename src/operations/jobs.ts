import {z} from 'zod'
import {channels} from '../channels/registry.ts'
import {cancelJob, findJob, type JobRow} from '../jobs/cancel.ts'
import {byId, iso, timeOut} from './fields.ts'
import {jobHandlers} from './job-handlers.ts'
import {listInput, listOutput} from './list.ts'
import {readPage} from './page.ts'
import {operation} from './operation.ts'

const states = ['pending', 'running', 'done', 'failed', 'cancelled'] as const

export const Job = z.object({
  id: z.uuid(),
  kind: z.string(),
  state: z.enum(states),
  attempts: z.number(),
  max_attempts: z.number(),
  progress: z.record(z.string(), z.unknown()).nullable(),
  result: z.record(z.string(), z.unknown()).nullable(),
  error: z.string().nullable(),
  created_by: z.string(),
  due_at: timeOut,
  created_at: timeOut,
  updated_at: timeOut,
})
export type Job = z.output<typeof Job>

export const listJobs = operation({
  id: 'jobs.list',
  method: 'GET',
  path: '/jobs',
  permission: 'jobs:read',
  summary: 'List jobs: calls of flows, media to fetch, imports and the like.',
  input: listInput({
    sort: ['created_at', 'due_at', 'updated_at'],
    filters: {state: z.enum(states).optional(), kind: z.string().optional()},
  }),
  output: listOutput(Job),
  status: 200,
  async run({tenant}, input) {
    const {rows, page} = await tenant.read((db) => {
      let query = db.selectFrom('jobs').selectAll()
      if (input.state) query = query.where('state', '=', input.state)
      if (input.kind) query = query.where('kind', '=', input.kind)
      return readPage(db, query, input)
    })
    return {data: rows.map(presentJob), page}
  },
})

export const showJob = operation({
  id: 'jobs.show',
  method: 'GET',
  path: '/jobs/{id}',
  permission: 'jobs:read',
  summary: 'Show a job: how far it is, what came of it.',
  input: byId,
  output: Job,
  status: 200,
  run: async ({tenant}, {id}) => presentJob(await findJob(tenant, id)),
})

export const cancelJobOperation = operation({
  id: 'jobs.cancel',
  method: 'POST',
  path: '/jobs/{id}/cancel',
  permission: 'jobs:write',
  summary: 'Cancel a job that is not over. What it has done stays done.',
  input: byId,
  output: Job,
  status: 200,
  async run(context, {id}) {
    const row = await findJob(context.tenant, id)
    context.note({resource: row.id, before: {state: row.state}})
    await cancelJob(context.tenant, jobHandlers(context, channels), row, context.clock.now())
    return presentJob(await findJob(context.tenant, id))
  },
})

export const jobOperations = {listJobs, showJob, cancelJobOperation}

// The payload is left out: it holds what flows send to others.
export const presentJob = (row: JobRow): Job => ({
  id: row.id,
  kind: row.kind,
  state: row.state as Job['state'],
  attempts: row.attempts,
  max_attempts: row.max_attempts,
  progress: row.progress,
  result: row.result,
  error: row.error,
  created_by: row.created_by,
  due_at: iso(row.due_at),
  created_at: iso(row.created_at),
  updated_at: iso(row.updated_at),
})
