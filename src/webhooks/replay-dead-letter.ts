import {notFound, PytakeError} from '../base/errors.ts'
import type {ChannelEvent} from '../channels/channel.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {ControlDb} from '../store/stores.ts'
import {createInboxWriter} from './inbox-writer.ts'

/** A dead letter of the control database, with its event. */
export async function findDeadLetter(control: ControlDb, id: number) {
  const row = await control.read((db) =>
    db.selectFrom('dead_letters').selectAll().where('id', '=', id).executeTakeFirst(),
  )
  if (!row) throw notFound(`Dead letter ${id}`, 'pytake webhook list --dead')
  return row
}

type Deps = Pick<Runtime, 'stores' | 'ids' | 'crash' | 'log' | 'clock'>

/**
 * Gives a dead letter to the tenant that owns its number by now. What arrived there meanwhile is known by its key and not
 * stored twice. Throws `CONFLICT` when still nobody owns it.
 */
export async function replayDeadLetter(deps: Deps, control: ControlDb, id: number): Promise<{tenantId: string}> {
  const letter = await findDeadLetter(control, id)
  const event = JSON.parse(letter.body) as ChannelEvent
  const route = await ownerOf(control, event, letter.tenant_id)
  if (!route) {
    throw new PytakeError('CONFLICT', `No tenant owns the number ${event.number ?? 'of this webhook'}.`, {
      help: 'pytake whatsapp add --help',
    })
  }
  const inbox = createInboxWriter(deps, {onStored: () => undefined})
  await inbox.store(route.tenant_id, {
    events: [{configId: route.config_id, event}],
    raw: letter.body,
    receivedAt: letter.received_at.getTime(),
  })
  const now = deps.clock.now()
  await control.write(async (tx) => {
    await tx.update('dead_letters', ['id'], [{id, replayed_at: new Date(now)}])
    tx.emit({
      type: 'replayed',
      at: now,
      data: {dead_letter: id, tenant_id: route.tenant_id, config_id: route.config_id},
    })
  })
  return {tenantId: route.tenant_id}
}

function ownerOf(control: ControlDb, event: ChannelEvent, tenantId: string | null) {
  const {number, businessAccountId} = event
  if (number === undefined && businessAccountId === undefined) return Promise.resolve(undefined)
  return control.read((db) => {
    let query = db.selectFrom('channel_routes').select(['tenant_id', 'config_id']).where('state', '=', 'active')
    if (number !== undefined) query = query.where('number', '=', number)
    else query = query.where('business_account_id', '=', businessAccountId ?? '')
    if (tenantId !== null) query = query.where('tenant_id', '=', tenantId)
    return query.orderBy('verified_at', 'desc').limit(1).executeTakeFirst()
  })
}
