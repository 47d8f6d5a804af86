import {afterAll, beforeAll, expect, it} from 'vitest'
import {onBothEngines} from '../support/stores.ts'
import {eventually, openWorld, PHONE_NUMBER_ID, type World} from '../support/world.ts'

const short = `
flow: curta
trigger: {type: message_received}
nodes:
  - {id: ola, type: message, data: {text: "Olá!"}}
`
const forgotten = `
flow: esquecida
trigger: {type: keyword, keywords: [atendente]}
nodes:
  - id: passa
    type: transfer
    data: {queue: suporte, timeout: 1s}
    next: [{if: "outcome == 'timeout'", to: ninguem}]
  - {id: ninguem, type: message, data: {text: "Ninguém veio."}, next: fim}
  - {id: fim, type: end}
`

onBothEngines('a conversation whose flow ends', (place) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(place())
    await world.apply(short, forgotten)
  })
  afterAll(() => world.close())

  const events = (type: string) =>
    world.db.read((q) => q.selectFrom('events').select('data').where('type', '=', type).execute())
  const conversations = (phone: string) =>
    world.db.read((q) =>
      q
        .selectFrom('conversations')
        .selectAll()
        .where('contact_phone', '=', `+${phone}`)
        .orderBy('created_at')
        .execute(),
    )

  it('in every turn is still seen to be a loop of two bots', async () => {
    const bot = world.sandbox.customer({phone: '5511987655001', name: 'Robô', via: PHONE_NUMBER_ID})
    for (let n = 1; n <= 5; n++) {
      bot.say('Olá!')
      await expect.poll(() => bot.received, {timeout: 10_000}).toHaveLength(n)
    }
    // Each of the five was a conversation of its own.
    expect(await conversations('5511987655001')).toHaveLength(5)
    bot.say('Olá!')
    await eventually(async () => (await events('bot_loop')).length === 1)
    expect(bot.received).toHaveLength(5)
    const other = world.sandbox.customer({phone: '5511987655002', name: 'Ana', via: PHONE_NUMBER_ID})
    other.say('Olá!')
    await expect.poll(() => other.received, {timeout: 10_000}).toHaveLength(1)
  })

  it('after nobody took it over is closed, and not left with the people who did not come', async () => {
    const ana = world.sandbox.customer({phone: '5511987655003', name: 'Ana', via: PHONE_NUMBER_ID})
    ana.say('atendente')
    await eventually(async () => (await conversations('5511987655003'))[0]?.status === 'waiting')
    await expect.poll(() => ana.received.map(({text}) => text), {timeout: 10_000}).toEqual(['Ninguém veio.'])
    const [row] = await conversations('5511987655003')
    expect(row).toMatchObject({status: 'resolved', holder: 'bot', held_until_at: null})
    ana.say('tem alguém?')
    await expect.poll(() => ana.received.map(({text}) => text), {timeout: 10_000}).toEqual(['Ninguém veio.', 'Olá!'])
  })
})
