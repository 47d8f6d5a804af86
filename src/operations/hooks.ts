import {z} from 'zod'
import {type EventType, eventTypes, isEventType} from '../base/events.ts'
import {undeliveredOf} from '../hooks/deliveries.ts'
import {addHook, editHook, findHook, type HookChange, removeHook} from '../hooks/hooks.ts'
import {requireTypes} from './event-channels.ts'
import {byId, name, ref} from './fields.ts'
import {Hook, hookAnswer, hookSecret, HookWithSecret, nothingUndelivered, presentHook} from './hook-row.ts'
import {listInput, listOutput} from './list.ts'
import {readPage} from './page.ts'
import {operation, type TenantContext} from './operation.ts'
import {requirePermission} from './permissions.ts'

const MOST_URL = 2048
const MOST_CONCURRENCY = 32
const DEFAULT_CONCURRENCY = 4

/** What the platform tells of itself is in no tenant's log, and figures are in none. */
const notLogged: ReadonlySet<EventType> = new Set(['node_up', 'node_down', 'disarmed', 'metrics_updated'])
const known = eventTypes.filter((type) => !notLogged.has(type))
const isKnown = (type: string) => type === '*' || (isEventType(type) && !notLogged.has(type))

const types = z
  .array(z.string().max(64))
  .min(1)
  .max(100)
  .superRefine((given, context) => {
    const unknown = given.filter((type) => !isKnown(type))
    if (unknown.length === 0) return
    const message = `hooks are not told of ${unknown.join(', ').slice(0, 200)}; known: *, ${known.join(', ')}`
    context.addIssue({code: 'custom', message})
  })
  .transform((given) => (given.includes('*') ? ['*'] : [...new Set(given)]))

const url = z
  .string()
  .max(MOST_URL)
  .refine(
    (text) => /^https?:\/\//i.test(text) && URL.canParse(text),
    'must be an address such as https://example.com/pytake',
  )
  .transform((text) => new URL(text).href)

const concurrency = z.number().int().min(1).max(MOST_CONCURRENCY)

export const createHook = operation({
  id: 'hooks.create',
  method: 'POST',
  path: '/hooks',
  permission: 'hooks:write',
  summary: 'Add a hook: an address that is told what happens, from now on. Its secret is shown once.',
  input: z.strictObject({
    name,
    url,
    types,
    /** One event at a time, in their order; one that fails holds the rest. */
    ordered: z.boolean().default(false),
    /** Requests at once, where there is no order. */
    concurrency: concurrency.default(DEFAULT_CONCURRENCY),
    /** Made here when left out. */
    secret: hookSecret.optional(),
  }),
  output: HookWithSecret,
  status: 201,
  async run(context, input) {
    mayTell(context, input.types)
    const id = context.ids.next()
    context.note({resource: id, after: noted(input)})
    const {row, secret: shown} = await addHook(context, context.tenant, {
      ...{id, ...input},
      createdBy: context.principal.name,
    })
    return {...(await hookAnswer(context, row)), secret: shown}
  },
})

export const listHooks = operation({
  id: 'hooks.list',
  method: 'GET',
  path: '/hooks',
  permission: 'hooks:read',
  summary: 'List hooks.',
  input: listInput({sort: ['created_at', 'name'], filters: {}}),
  output: listOutput(Hook),
  status: 200,
  async run({tenant, clock}, input) {
    const {rows, page} = await tenant.read((db) => readPage(db, db.selectFrom('hooks').selectAll(), input))
    const undelivered = await undeliveredOf(
      tenant,
      rows.map(({id}) => id),
    )
    return {data: rows.map((row) => presentHook(row, undelivered.get(row.id) ?? nothingUndelivered, clock.now())), page}
  },
})

export const showHook = operation({
  id: 'hooks.show',
  method: 'GET',
  path: '/hooks/{id}',
  permission: 'hooks:read',
  summary: 'Show a hook by id or name.',
  input: byId,
  output: Hook,
  status: 200,
  moving: ['pending', 'dead'],
  run: async (context, {id}) => hookAnswer(context, await findHook(context.tenant, id)),
})

export const editHookOperation = operation({
  id: 'hooks.edit',
  method: 'PUT',
  path: '/hooks/{id}',
  permission: 'hooks:write',
  summary: 'Change a hook. What is left out stays; of new types it is told from now on.',
  input: z.strictObject({
    id: ref,
    name: name.optional(),
    url: url.optional(),
    types: types.optional(),
    ordered: z.boolean().optional(),
    concurrency: concurrency.optional(),
  }),
  output: Hook,
  status: 200,
  async run(context, {id, ...change}) {
    const row = await findHook(context.tenant, id)
    mayTell(context, change.types ?? row.types)
    const {name: old, url: oldUrl, types: oldTypes, ordered, concurrency: many} = row
    context.note({
      resource: row.id,
      before: noted({name: old, url: oldUrl, types: oldTypes, ordered, concurrency: many}),
      after: noted(change),
    })
    return hookAnswer(context, await editHook(context, context.tenant, row, change))
  },
})

export const removeHookOperation = operation({
  id: 'hooks.remove',
  method: 'DELETE',
  path: '/hooks/{id}',
  permission: 'hooks:write',
  summary: 'Remove a hook with its secret and its deliveries. What waits is not told any more.',
  input: byId,
  output: z.null(),
  status: 204,
  async run(context, {id}) {
    const row = await findHook(context.tenant, id)
    context.note({resource: row.id, before: noted({name: row.name, url: row.url})})
    await removeHook(context.tenant, row.id)
    return null
  },
})

export const hookOperations = {createHook, listHooks, showHook, editHookOperation, removeHookOperation}

/** A hook is told what whoever made it may see. */
function mayTell({principal}: TenantContext, told: readonly string[]): void {
  requirePermission(principal, 'events:read')
  requireTypes(principal, told)
}

/** For the audit: no secret, and of the address nothing that may be one. */
function noted({
  name: named,
  url: address,
  types: of,
  ordered,
  concurrency: many,
}: HookChange): Record<string, unknown> {
  const whole = address === undefined ? undefined : new URL(address)
  const shown = {name: named, url: whole && `${whole.origin}${whole.pathname}`, types: of, ordered, concurrency: many}
  return Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== undefined))
}
