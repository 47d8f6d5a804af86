import type {Job} from '../operations/jobs.ts'
import type {Cell, Columns} from './output.ts'

export const jobColumns: Columns<Job> = {
  id: ({id}) => id,
  kind: ({kind}) => kind,
  state: ({state}) => state,
  attempts: ({attempts, max_attempts: most}) => `${attempts}/${most}`,
  due_at: ({due_at: at}) => at,
  error: ({error}) => error,
}

const text = (value: Record<string, unknown> | null): string | undefined =>
  value === null ? undefined : JSON.stringify(value)

export const jobFields = (job: Job): Record<string, Cell> => ({
  id: job.id,
  kind: job.kind,
  state: job.state,
  attempts: `${job.attempts}/${job.max_attempts}`,
  progress: text(job.progress),
  result: text(job.result),
  error: job.error ?? undefined,
  created_by: job.created_by,
  due_at: job.due_at,
  created_at: job.created_at,
  updated_at: job.updated_at,
})
