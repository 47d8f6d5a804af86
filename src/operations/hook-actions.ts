import {z} from 'zod'
import {parseDuration} from '../base/duration.ts'
import {isEventType} from '../base/events.ts'
import {replayDeliveries} from '../hooks/deliveries.ts'
import {findHook, type HookState, rotateSecret, setHookState, targetOf} from '../hooks/hooks.ts'
import {post} from '../hooks/post.ts'
import {byId, iso, ref, uuid} from './fields.ts'
import {Delivery, deliveryStates, Hook, hookAnswer, hookSecret, HookWithSecret, presentDelivery} from './hook-row.ts'
import {listInput, listOutput} from './list.ts'
import {readPage} from './page.ts'
import {operation, type TenantContext} from './operation.ts'

const LONGEST_KEPT_MS = 30 * 24 * 3_600_000

export const HookReport = z.object({
  ok: z.boolean(),
  /** Null when there was no answer. */
  status: z.number().nullable(),
  response: z.string().nullable(),
  error: z.string().nullable(),
  ms: z.number(),
})

export const testHook = operation({
  id: 'hooks.test',
  method: 'POST',
  path: '/hooks/{id}/test',
  permission: 'hooks:write',
  summary: 'Tell a hook a made-up event (hook_test) now, once, whatever its state, and answer what came of it.',
  audit: false,
  input: byId,
  output: HookReport,
  status: 200,
  async run(context, {id}) {
    const row = await findHook(context.tenant, id)
    const {clock, ids} = context
    const started = clock.monotonic()
    const notice = {
      ...{id: `evt_test_${ids.next()}`, type: 'hook_test', at: iso(new Date(clock.now()))},
      ...{tenantId: row.tenant_id, data: {hook_id: row.id, hook: row.name}},
    }
    const {outcome, status, response, error} = await post(context, targetOf(context, row), notice)
    return {ok: outcome === 'delivered', status, response, error, ms: Math.round(clock.monotonic() - started)}
  },
})

export const pauseHook = operation({
  id: 'hooks.pause',
  method: 'POST',
  path: '/hooks/{id}/pause',
  permission: 'hooks:write',
  summary: 'Pause a hook: what happens is kept for it.',
  input: byId,
  output: Hook,
  status: 200,
  run: (context, {id}) => setState(context, id, 'paused'),
})

export const resumeHook = operation({
  id: 'hooks.resume',
  method: 'POST',
  path: '/hooks/{id}/resume',
  permission: 'hooks:write',
  summary: 'Let a hook that was paused or switched off go on: what waits, and what happened meanwhile, is told now.',
  input: byId,
  output: Hook,
  status: 200,
  run: (context, {id}) => setState(context, id, 'active'),
})

export const rotateHookSecret = operation({
  id: 'hooks.rotate',
  method: 'POST',
  path: '/hooks/{id}/rotate',
  permission: 'hooks:write',
  summary: 'Give a hook a new secret, shown once. For a while (keep, 24h unless told) the one before signs too.',
  input: z.strictObject({
    id: ref,
    keep: z.string().max(20).default('24h').transform(durationOf),
    secret: hookSecret.optional(),
  }),
  output: HookWithSecret,
  status: 200,
  async run(context, {id, keep, secret: given}) {
    const row = await findHook(context.tenant, id)
    context.note({resource: row.id, after: {secret: '(set)', keep_ms: keep}})
    const rotated = await rotateSecret(context, context.tenant, row, {keepMs: keep, secret: given})
    return {...(await hookAnswer(context, rotated.row)), secret: rotated.secret}
  },
})

const deliveredType = z.string().refine(isEventType, 'no such type of event')

export const listDeliveries = operation({
  id: 'hooks.deliveries',
  method: 'GET',
  path: '/hooks/{id}/deliveries',
  permission: 'hooks:read',
  summary: 'List what a hook was told and what came of it: delivered for 7 days, dead for 30.',
  input: listInput({
    sort: ['seq'],
    filters: {id: ref, state: z.enum(deliveryStates).optional(), type: deliveredType.optional()},
  }),
  output: listOutput(Delivery),
  status: 200,
  async run({tenant}, input) {
    const hook = await findHook(tenant, input.id)
    const {rows, page} = await tenant.read((db) => {
      let query = db.selectFrom('hook_deliveries').selectAll().where('hook_id', '=', hook.id)
      if (input.state) query = query.where('state', '=', input.state)
      if (input.type) query = query.where('type', '=', input.type)
      return readPage(db, query, input)
    })
    return {data: rows.map(presentDelivery), page}
  },
})

export const replayHook = operation({
  id: 'hooks.replay',
  method: 'POST',
  path: '/hooks/{id}/replay',
  permission: 'hooks:write',
  summary: 'Try deliveries again from the first attempt on, with the ids they had: those named, or all dead ones.',
  input: z.strictObject({id: ref, deliveries: z.array(uuid).min(1).max(1000).optional()}),
  output: z.object({replayed: z.number()}),
  status: 200,
  async run(context, {id, deliveries}) {
    const row = await findHook(context.tenant, id)
    context.note({resource: row.id, after: {replay: deliveries ?? 'all dead ones'}})
    const ids = deliveries && [...new Set(deliveries)]
    return {replayed: await replayDeliveries(context.tenant, row, {ids, now: context.clock.now()})}
  },
})

export const hookActionOperations = {testHook, pauseHook, resumeHook, rotateHookSecret, listDeliveries, replayHook}

async function setState(context: TenantContext, id: string, state: HookState): Promise<Hook> {
  const row = await findHook(context.tenant, id)
  context.note({resource: row.id, before: {state: row.state}, after: {state}})
  return hookAnswer(context, await setHookState(context, context.tenant, row, state))
}

function durationOf(text: string, context: z.RefinementCtx): number {
  const ms = text === '0' ? 0 : parseDuration(text)
  if (ms !== undefined && ms <= LONGEST_KEPT_MS) return ms
  context.addIssue({code: 'custom', message: 'must be a duration such as 24h, of 30d at most, or 0'})
  return z.NEVER
}
