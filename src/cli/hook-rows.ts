import {boolean, integer, string} from '@oclif/core/flags'
import type {Delivery, Hook, HookWithSecret} from '../operations/hook-row.ts'
import type {Cell, Columns} from './output.ts'

export const hookColumns: Columns<Hook> = {
  id: (hook) => hook.id,
  name: (hook) => hook.name,
  state: (hook) => hook.state,
  types: (hook) => hook.types.join(','),
  pending: (hook) => hook.pending,
  dead: (hook) => hook.dead,
  url: (hook) => hook.url,
}

export const hookFields = (hook: Hook | HookWithSecret): Record<string, Cell> => ({
  id: hook.id,
  name: hook.name,
  url: hook.url,
  types: hook.types.join(','),
  tells: hook.ordered ? 'one at a time, in order' : `${hook.concurrency} at once`,
  state: hook.state,
  reason: hook.reason ?? undefined,
  failing_since: hook.failing_since ?? undefined,
  pending: hook.pending,
  dead: hook.dead,
  secret: hook.secret ?? 'set',
  old_secret_until: hook.old_secret_until ?? undefined,
  created_by: hook.created_by,
  created_at: hook.created_at,
  updated_at: hook.updated_at,
})

export const deliveryColumns: Columns<Delivery> = {
  id: (one) => one.id,
  created_at: (one) => one.created_at,
  type: (one) => one.type,
  state: (one) => one.state,
  attempts: (one) => one.attempts,
  status: (one) => one.status,
  next_attempt_at: (one) => one.next_attempt_at,
  error: (one) => one.error,
  response: (one) => one.response?.slice(0, 80),
}

/** What `hook edit` sets; `hook add` has its own words for what it needs. */
export const hookFlags = {
  ordered: boolean({
    summary: 'One event at a time, in their order; one that fails holds the rest.',
    allowNo: true,
  }),
  concurrency: integer({summary: 'Requests at once where there is no order, 4 unless told.', min: 1, max: 32}),
}

export const typeFlag = {
  summary: 'Type of event, e.g. message_received; several, also by comma; * for all.',
  multiple: true,
} as const

/** `--type a,b --type c`. */
export const typesOf = (flags: readonly string[] | undefined): string[] | undefined =>
  flags?.flatMap((text) => text.split(',')).filter(Boolean)

export const secretFlag = {
  'secret-file': string({summary: 'File with a secret of your own (whsec_…), - for stdin; one is made unless told.'}),
}
