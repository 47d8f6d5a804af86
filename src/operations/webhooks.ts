import {z} from 'zod'
import {webhookKinds, webhookStates} from '../base/statuses.ts'
import {inList} from '../store/in-list.ts'
import {findConfig} from '../channels/accounts.ts'
import {findEntry, type InboxRow, rawOf, replayEntry} from '../webhooks/journal.ts'
import {findDeadLetter, replayDeadLetter} from '../webhooks/replay-dead-letter.ts'
import {signatureHeader} from '../webhooks/sign.ts'
import {iso, isoOrNull, ref, timeOrNull, timeOut} from './fields.ts'
import {flag, listInput, listOutput} from './list.ts'
import {isRowNumber, readPage} from './page.ts'
import {localOperation, operation, platformOperation} from './operation.ts'

export const Webhook = z.object({
  id: z.number(),
  whatsapp_config_id: z.uuid(),
  kind: z.string(),
  /** `pending`, `done`, `failed`, `ignored`, `stale`. */
  state: z.string(),
  attempts: z.number(),
  error: z.string().nullable(),
  key: z.string(),
  received_at: timeOut,
})
export type Webhook = z.output<typeof Webhook>

const WebhookDetails = Webhook.extend({
  /** The event as it was understood. */
  body: z.unknown(),
  /** The whole body of the request as it came; null when it is older than 7 days. */
  raw: z.string().nullable(),
})

const DeadLetter = z.object({
  /** `dead:7`, which no webhook of a tenant can be taken for. */
  id: z.string(),
  tenant_id: z.uuid().nullable(),
  reason: z.string(),
  body: z.unknown(),
  received_at: timeOut,
  replayed_at: timeOrNull,
})
export type DeadLetter = z.output<typeof DeadLetter>

const serial = z.coerce
  .number({error: 'must be the number of a webhook, as the list of webhooks shows it'})
  .int()
  .min(1)
const bySerial = z.strictObject({id: serial})
/** With or without its `dead:`. */
const letterId = z
  .string()
  .regex(/^(?:dead:)?[1-9]\d{0,14}$/, 'Must be dead:NUMBER.')
  .transform((text) => Number(text.replace('dead:', '')))
const byLetter = z.strictObject({id: letterId})

export const listWebhooks = operation({
  id: 'webhooks.list',
  method: 'GET',
  path: '/webhooks',
  permission: 'webhooks:read',
  summary: 'List what webhooks brought for a tenant, newest first.',
  input: listInput({
    sort: ['received_at'],
    filters: {state: z.enum(webhookStates).optional(), kind: z.enum(webhookKinds).optional(), config: ref.optional()},
  }),
  output: listOutput(Webhook),
  status: 200,
  personal: true,
  async run({tenant}, input) {
    const config = input.config === undefined ? undefined : await findConfig(tenant, input.config)
    const {rows, page} = await tenant.read((db) => {
      let query = db.selectFrom('inbox').selectAll()
      if (input.state) query = query.where('state', '=', input.state)
      if (input.kind) query = query.where('kind', '=', input.kind)
      if (config) query = query.where('config_id', '=', config.id)
      return readPage(db, query, input, isRowNumber)
    })
    return {data: rows.map(present), page}
  },
})

export const showWebhook = operation({
  id: 'webhooks.show',
  method: 'GET',
  path: '/webhooks/{id}',
  permission: 'webhooks:read',
  summary: 'Show one stored event: as it was understood, and the request it came with.',
  input: bySerial,
  output: WebhookDetails,
  status: 200,
  personal: true,
  async run({tenant}, {id}) {
    const row = await findEntry(tenant, id)
    return {...present(row), body: JSON.parse(row.body) as unknown, raw: (await rawOf(tenant, row)) ?? null}
  },
})

export const replayWebhooks = operation({
  id: 'webhooks.replay',
  method: 'POST',
  path: '/webhooks/replay',
  permission: 'webhooks:replay',
  summary: 'Run stored events again. Failed ones; with force also those that are done.',
  input: z.strictObject({ids: z.array(serial).min(1).max(1000), force: flag.default(false)}),
  output: z.object({data: z.array(Webhook)}),
  status: 200,
  async run(context, {ids, force}) {
    const {tenant, clock} = context
    context.note({after: {ids, force}})
    await tenant.write(async (tx) => {
      for (const id of new Set(ids)) await replayEntry(tx, id, {force, now: clock.now()})
    })
    const rows = await tenant.read((db) =>
      db
        .selectFrom('inbox')
        .selectAll()
        .where(inList(tenant.engine, 'id', ids))
        .orderBy('id')
        .execute(),
    )
    return {data: rows.map(present)}
  },
})

export const listDeadLetters = platformOperation({
  id: 'dead_letters.list',
  method: 'GET',
  path: '/dead-letters',
  permission: 'tenants:manage',
  summary: 'List webhooks that no tenant could take, newest first.',
  input: listInput({
    sort: ['received_at'],
    filters: {reason: z.enum(['unowned', 'unparsed', 'tenant_broken']).optional(), replayed: flag.optional()},
  }),
  output: listOutput(DeadLetter),
  status: 200,
  personal: true,
  async run({control}, input) {
    const {rows, page} = await control.read((db) => {
      let query = db.selectFrom('dead_letters').selectAll()
      if (input.reason) query = query.where('reason', '=', input.reason)
      if (input.replayed !== undefined) query = query.where('replayed_at', input.replayed ? 'is not' : 'is', null)
      return readPage(db, query, input, isRowNumber)
    })
    return {data: rows.map(presentLetter), page}
  },
})

export const showDeadLetter = platformOperation({
  id: 'dead_letters.show',
  method: 'GET',
  path: '/dead-letters/{id}',
  permission: 'tenants:manage',
  summary: 'Show a webhook that no tenant could take.',
  input: byLetter,
  output: DeadLetter,
  status: 200,
  personal: true,
  run: async ({control}, {id}) => presentLetter(await findDeadLetter(control, id)),
})

export const replayDeadLetterOperation = platformOperation({
  id: 'dead_letters.replay',
  method: 'POST',
  path: '/dead-letters/{id}/replay',
  permission: 'tenants:manage',
  summary: 'Give a dead letter to the tenant that owns its number by now.',
  input: byLetter,
  output: DeadLetter,
  status: 200,
  async run(context, {id}) {
    context.note({resource: refOf(id)})
    await replayDeadLetter(context, context.control, id)
    return presentLetter(await findDeadLetter(context.control, id))
  },
})

/** The header that a request with this body must carry; for those who test a webhook address by hand. */
export const signWebhook = localOperation({
  id: 'webhooks.sign',
  summary: 'Sign a webhook body as Meta does.',
  input: z.strictObject({body: z.base64(), secret: z.string().min(1)}),
  output: z.object({header: z.string(), value: z.string()}),
  run: async (_context, {body, secret}) => ({
    header: 'X-Hub-Signature-256',
    value: signatureHeader(Buffer.from(body, 'base64'), secret),
  }),
})

export const webhookOperations = {
  listWebhooks,
  showWebhook,
  replayWebhooks,
  listDeadLetters,
  showDeadLetter,
  replayDeadLetterOperation,
}

const present = (row: InboxRow): Webhook => ({
  id: row.id,
  whatsapp_config_id: row.config_id,
  kind: row.kind,
  state: row.state,
  attempts: row.attempts,
  error: row.error,
  key: row.key,
  received_at: iso(row.received_at),
})

const refOf = (id: number) => `dead:${id}`

const presentLetter = (row: Awaited<ReturnType<typeof findDeadLetter>>): DeadLetter => ({
  id: refOf(row.id),
  tenant_id: row.tenant_id,
  reason: row.reason,
  body: JSON.parse(row.body) as unknown,
  received_at: iso(row.received_at),
  replayed_at: isoOrNull(row.replayed_at),
})
