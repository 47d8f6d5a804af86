import {z} from 'zod'
import {PytakeError} from '../base/errors.ts'
import {listConfigs} from '../channels/accounts.ts'
import {settleCopied} from '../delivery/after-copy.ts'
import {laneViews} from '../delivery/lane-view.ts'
import {armInstallation, openInstallation} from '../runtime/installation.ts'
import {livingTenants} from '../tenants/tenants.ts'
import {isoOrNull, timeOrNull} from './fields.ts'
import {flag} from './list.ts'
import {type PlatformContext, platformOperation} from './operation.ts'

const Installation = z.object({
  id: z.string(),
  incarnation: z.number(),
  /** Why nothing is sent; null when all is well. */
  disarmed: z.string().nullable(),
  /** What waits, number by number. */
  queued: z.array(
    z.object({
      tenant_id: z.uuid(),
      tenant: z.string(),
      whatsapp_config_id: z.uuid(),
      name: z.string(),
      phone_number: z.string(),
      queued: z.number(),
      oldest_at: timeOrNull,
    }),
  ),
})
export type Installation = z.output<typeof Installation>

export const showInstallation = platformOperation({
  id: 'installation.show',
  method: 'GET',
  path: '/installation',
  permission: 'tenants:manage',
  summary: 'Show this installation: whether it may send, and what waits.',
  input: z.strictObject({}),
  output: Installation,
  status: 200,
  run: look,
})

export const armOperation = platformOperation({
  id: 'installation.arm',
  method: 'POST',
  path: '/installation/arm',
  permission: 'tenants:manage',
  summary: 'Let a copied or restored database send again. What was not final becomes unknown, unless it is resent.',
  input: z.strictObject({resend: flag.default(false)}),
  output: Installation.extend({settled: z.number()}),
  status: 200,
  async run(context, {resend}) {
    const {disarmed, disarmedAt} = await openInstallation(context.stores, seenNow(context))
    if (disarmed === undefined) throw new PytakeError('CONFLICT', 'This installation is armed already.')
    context.note({before: {disarmed}, after: {resend}})
    const now = context.clock.now()
    let settled = 0
    // The tenants first: were the last step to fail, nothing has been sent yet and all can be done again.
    for (const {id} of await livingTenants(context.stores.control)) {
      settled += await context.stores.tenant(id).write((tx) => settleCopied(tx, {resend, now, copiedAt: disarmedAt}))
    }
    await armInstallation({control: context.control, fingerprint: () => context.stores.fingerprint()}, context.ids)
    return {...(await look(context)), settled}
  },
})

export const installationOperations = {showInstallation, armOperation}

const seenNow = ({ids, clock}: PlatformContext) => ({ids, now: clock.now(), starting: false})

async function look(context: PlatformContext): Promise<Installation> {
  const {stores} = context
  const {id, incarnation, disarmed} = await openInstallation(stores, seenNow(context))
  const queued: Installation['queued'] = []
  for (const {id: tenantId, name: tenant} of await livingTenants(stores.control)) {
    const db = stores.tenant(tenantId)
    const view = await laneViews(db)
    for (const config of await listConfigs(db)) {
      const lane = view(config.id)
      const waiting = lane.queued + lane.sending
      if (waiting === 0) continue
      queued.push({
        tenant_id: tenantId,
        tenant,
        whatsapp_config_id: config.id,
        name: config.name,
        phone_number: config.phone_number,
        queued: waiting,
        oldest_at: isoOrNull(lane.oldest_at),
      })
    }
  }
  return {id, incarnation, disarmed: disarmed ?? null, queued}
}
