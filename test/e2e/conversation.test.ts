import {afterAll, beforeAll, expect, it} from 'vitest'
import {onBothEngines} from '../support/stores.ts'
import {eventually, openWorld, PHONE_NUMBER_ID, type World} from '../support/world.ts'

const menu = `
flow: menu
name: Menu
trigger: {type: keyword, keywords: [oi, olá, menu]}
nodes:
  - {id: inicio, type: start, next: saudacao}
  - id: saudacao
    type: message
    data: {text: "Olá {{contact.name}}! Como posso ajudar?", buttons: [Suporte, Vendas]}
  - {id: escolha, type: wait, data: {save_as: setor, timeout: 30m}}
  - {id: suporte, type: message, data: {text: "Suporte a caminho."}, next: fim}
  - {id: vendas, type: message, data: {text: "Vendas a caminho."}, next: fim}
  - {id: fim, type: end, data: {outcome: ok}}
edges:
  - {source: saudacao, target: escolha}
  - {source: escolha, target: suporte, condition: "response == 'Suporte'"}
  - {source: escolha, target: vendas}
`

onBothEngines('a conversation', (place) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(place())
    await world.apply(menu)
  })
  afterAll(() => world.close())

  it('goes from a webhook to a delivered answer on the official channel', async () => {
    const maria = world.sandbox.customer({phone: '5511987650001', name: 'Maria Souza', via: PHONE_NUMBER_ID})
    maria.say('Oi!')
    await maria.waitFor(1, 5000)
    expect(maria.received[0]).toMatchObject({text: 'Olá Maria Souza! Como posso ajudar?'})
    maria.tap('Suporte')
    await maria.waitFor(2, 5000)
    expect(maria.received[1]).toMatchObject({text: 'Suporte a caminho.'})
    const rows = await eventually(async () => {
      const found = await world.db.read((q) => q.selectFrom('messages').selectAll().orderBy('id').execute())
      return found.every((row) => row.direction === 'inbound' || row.status === 'read') && found.length === 4 && found
    })
    expect(rows.map((row) => [row.direction, row.type, row.content])).toEqual([
      ['inbound', 'text', 'Oi!'],
      ['outbound', 'interactive', 'Olá Maria Souza! Como posso ajudar?'],
      ['inbound', 'interactive', 'Suporte'],
      ['outbound', 'text', 'Suporte a caminho.'],
    ])
    const told = await world.db.read((q) =>
      q.selectFrom('events').select('data').where('type', '=', 'message_received').orderBy('seq').execute(),
    )
    expect(told.map(({data}) => [data.flow, data.node])).toEqual([
      ['menu', 'inicio'],
      ['menu', 'escolha'],
    ])
    const sessions = await world.db.read((q) => q.selectFrom('flow_sessions').selectAll().execute())
    expect(sessions.map((row) => row.status)).toEqual(['completed'])
    expect(await world.db.read((q) => q.selectFrom('outbox').selectAll().execute())).toEqual([])
  })
})
