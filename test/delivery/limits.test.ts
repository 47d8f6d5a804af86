import {afterAll, beforeAll, it} from 'vitest'
import {localClient} from '../../src/operations/local.ts'
import {findMessage, presentMessage} from '../../src/operations/message-row.ts'
import {editTenantOperation, upgradeTenant} from '../../src/operations/tenants.ts'
import {queueMessage} from '../../src/conversations/queue-message.ts'
import {editWhatsappConfig} from '../../src/operations/whatsapp-configs.ts'
import {pauseWhatsappConfig, resumeWhatsappConfig} from '../../src/operations/whatsapp-connection.ts'
import {onBothEngines} from '../support/stores.ts'
import {eventually, INSTANCE, openWorld, type World} from '../support/world.ts'

onBothEngines('messages that wait for a limit', (place) => {
  let world: World
  let count = 0
  beforeAll(async () => {
    world = await openWorld(place())
  })
  afterAll(() => world.close())

  const newPhone = () => {
    const phone = `+55119876${String(54_000 + ++count)}`
    world.sandbox.customer({phone: phone.slice(1), name: `Cliente ${count}`, via: INSTANCE})
    return phone
  }
  const send = async (phone: string) => {
    const id = world.runtime.ids.next()
    const content = {kind: 'text', text: id} as const
    await queueMessage(world.runtime, world.db, {
      ...{id, to: {phone}, configId: world.evolution.id, content, purpose: 'reply'},
    })
    world.runtime.hints.committed(world.db.name)
    return id
  }
  const call: ReturnType<typeof localClient>['call'] = (operation, input) =>
    localClient(world.runtime, {osUser: 'ana', tenant: world.db.name}).call(operation, input)
  const shown = async (id: string) => presentMessage(await findMessage(world.db, id))
  const sent = (id: string) => eventually(async () => (await shown(id)).whatsapp_message_id !== null, 20_000)
  const waits = (id: string, reason: string) => eventually(async () => (await shown(id)).reason === reason, 20_000)

  it('of the day leave as soon as it is raised, and those behind them tell why they wait', async () => {
    const phone = newPhone()
    await sent(await send(phone))
    await call(editWhatsappConfig, {id: world.evolution.id, daily_limit: 1})
    const held = await send(phone)
    await waits(held, 'daily_limit')
    const behind = await send(phone)
    await waits(behind, 'after an earlier message: daily_limit')
    await call(editWhatsappConfig, {id: world.evolution.id, daily_limit: 1000})
    await sent(held)
    await sent(behind)
  })

  it.each<[string, () => Promise<unknown>]>([
    ['limit is raised', () => call(editTenantOperation, {id: world.db.name, limits: {messages_per_month: 5000}})],
    ['plan is', () => call(upgradeTenant, {id: world.db.name, plan: 'growth'})],
  ])('of the month leave when the %s', async (_, raise) => {
    await call(editTenantOperation, {id: world.db.name, limits: {messages_per_month: 0}})
    const held = await eventually(async () => {
      const id = await send(newPhone())
      return eventually(async () => (await shown(id)).reason === 'plan_limit' && id, 4000).catch(() => undefined)
    }, 20_000)
    await raise()
    await sent(held)
  })

  it('show what stopped their number while it is stopped', async () => {
    await call(pauseWhatsappConfig, {id: world.evolution.id})
    const held = await send(newPhone())
    await waits(held, 'paused by cli:ana')
    await call(resumeWhatsappConfig, {id: world.evolution.id})
    await sent(held)
  })
})
