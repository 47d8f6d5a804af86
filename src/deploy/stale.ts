import type {Kysely} from 'kysely'
import {type ErrorDetail, PytakeError} from '../base/errors.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import type {Base} from './plan.ts'

type Was = Base[string]

/** The error for a plan that rests on something else than what is there now, and why; undefined when it holds. */
export async function staleness(
  db: Kysely<TenantSchema>,
  expected: Base,
  found: Base,
): Promise<PytakeError | undefined> {
  const keys = [...new Set([...Object.keys(expected), ...Object.keys(found)])]
  const moved = keys.filter((key) => !isEqual(expected[key], found[key]))
  if (moved.length === 0) return undefined
  const details: ErrorDetail[] = []
  for (const flow of moved) details.push({field: flow, message: await reason(db, flow, expected)})
  return new PytakeError(
    'STALE',
    `The plan is stale, nothing was changed. ${details.map(({message}) => message).join(' ')}`,
    {details, help: 'Look again: pytake flow plan'},
  )
}

const isEqual = (a: Was | undefined, b: Was | undefined): boolean =>
  a?.version === b?.version && a?.release === b?.release && a?.live === b?.live && a?.canary === b?.canary

async function reason(db: Kysely<TenantSchema>, flow: string, expected: Base): Promise<string> {
  const now = await db
    .selectFrom('flows')
    .innerJoin('flow_releases', (on) =>
      on.onRef('flow_releases.flow_id', '=', 'flows.id').onRef('flow_releases.version', '=', 'flows.version'),
    )
    .select(['flows.version', 'is_active', 'author', 'flow_releases.created_at'])
    .where('flow_key', '=', flow)
    .executeTakeFirst()
  const then = expected[flow]
  const was = then ? `was ${then.live ? '' : 'removed at '}r${then.version}` : 'was not there'
  if (!now) return `${flow} ${was} when it was made and is gone now.`
  if (!now.is_active) return `${flow} ${was} when it was made and is removed now.`
  if (then && then.version === now.version) return `A canary of ${flow} began or ended since it was made.`
  const by = `published by ${now.author} at ${now.created_at.toISOString()}`
  if (!(flow in expected)) return `${flow} is r${now.version} now and was not in the plan.`
  return `${flow} ${was} when it was made and is r${now.version} now, ${by}.`
}
