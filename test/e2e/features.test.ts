import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, it} from 'vitest'
import {editConfig} from '../../src/channels/accounts.ts'
import {resumeLane} from '../../src/delivery/hold.ts'
import {listConversations, showConversation} from '../../src/operations/conversations.ts'
import {localClient} from '../../src/operations/local.ts'
import {onBothEngines} from '../support/stores.ts'
import {eventually, INSTANCE, openWorld, PHONE_NUMBER_ID, type World} from '../support/world.ts'

const menu = `
flow: menu
trigger: {type: keyword, keywords: [menu]}
nodes:
  - {id: pergunta, type: message, data: {text: "O que deseja?", buttons: [Suporte, Vendas]}}
  - {id: resposta, type: message, data: {text: "Você escolheu {{response}}."}}
edges:
  - {source: pergunta, target: resposta, condition: "response in ['Suporte', 'Vendas']"}
`
const silence = `
flow: silencio
trigger: {type: keyword, keywords: [espera]}
nodes:
  - {id: pergunta, type: message, data: {text: "Ainda aí?"}, next: espera}
  - {id: espera, type: wait, data: {timeout: 1s}}
  - {id: tchau, type: message, data: {text: "Até logo."}}
edges:
  - {source: espera, target: tchau, condition: "outcome == 'timeout'"}
`
const person = `
flow: pessoa
trigger: {type: keyword, keywords: [atendente]}
nodes:
  - {id: aviso, type: message, data: {text: "Chamando alguém."}, next: passa}
  - {id: passa, type: transfer, data: {queue: suporte}}
  - {id: volta, type: message, data: {text: "Voltei."}}
edges:
  - {source: passa, target: volta}
`
const queue = `
flow: fila
trigger: {type: keyword, keywords: [fila]}
nodes:
  - {id: passa, type: transfer, data: {queue: cobranca, note: "Deve há meses.", timeout: 1s}}
  - {id: volta, type: message, data: {text: "Ninguém veio."}, next: espera}
  - {id: espera, type: wait}
edges:
  - {source: passa, target: volta, condition: "outcome == 'timeout'"}
`
const call = `
flow: chamada
trigger: {type: keyword, keywords: [saldo]}
nodes:
  - {id: busca, type: api_call, data: {url: "http://127.0.0.1:1/saldo", save: {saldo: "body.saldo"}}}
  - {id: falhou, type: message, data: {text: "Sem acesso: {{outcome}}."}}
edges:
  - {source: busca, target: falhou, condition: "outcome == 'blocked'"}
`
const picture = `
flow: foto
trigger: {type: keyword, keywords: [foto]}
nodes:
  - {id: foto, type: message, data: {image: {link: "http://169.254.169.254/{{vars.nome}}.png"}}}
vars: {nome: latest}
`
const anything = `
flow: qualquer
trigger: {type: message_received}
nodes:
  - {id: eco, type: message, data: {text: "Recebi: {{message.kind}}"}}
`

onBothEngines('conversations', (place) => {
  let world: World
  let phone = 5511987651000
  const customer = (via = PHONE_NUMBER_ID, name = 'Ana') => world.sandbox.customer({phone: String(++phone), name, via})
  const conversationOf = (who: {phone?: string}) =>
    world.db.read((q) =>
      q
        .selectFrom('conversations')
        .selectAll()
        .where('contact_phone', '=', `+${String(who.phone).replace(/\D/g, '')}`)
        .orderBy('created_at', 'desc')
        .executeTakeFirst(),
    )
  const events = (type: string) =>
    world.db.read((q) => q.selectFrom('events').selectAll().where('type', '=', type).execute())

  beforeAll(async () => {
    world = await openWorld(place())
    await world.apply(menu, silence, person, queue, call, picture, anything)
  })
  afterAll(() => world.close())

  it('offers a menu as numbered text on Evolution and takes the number, with or without the ninth digit', async () => {
    for (const ninthDigit of [true, false]) {
      const joana = world.sandbox.customer({
        phone: String(5547999990000 + Number(ninthDigit)),
        name: 'Joana',
        via: INSTANCE,
        ninthDigit,
      })
      joana.say('Menu')
      await joana.waitFor(1, 8000)
      expect(joana.received[0]?.text).toMatch(/O que deseja\?[\s\S]*1\. Suporte\n2\. Vendas/)
      joana.say('2')
      await joana.waitFor(2, 15_000)
      expect(joana.received[1]?.text).toBe('Você escolheu Vendas.')
    }
  })

  it('ends a wait by the clock', async () => {
    const who = customer()
    who.say('espera')
    await who.waitFor(2, 8000)
    expect(who.received.map(({text}) => text)).toEqual(['Ainda aí?', 'Até logo.'])
  })

  it('is silent while a person has the conversation', async () => {
    const who = customer()
    who.say('atendente')
    await who.waitFor(1, 5000)
    const conversation = await eventually(async () => {
      const row = await conversationOf(who)
      return row?.status === 'waiting' && row
    })
    expect(conversation).toMatchObject({holder: 'human', metadata: {queue: 'suporte'}})
    who.say('menu')
    await new Promise((resolve) => setTimeout(resolve, 800))
    expect(who.received).toHaveLength(1)
  })

  it('forgets a hand-over that nobody took, and shows nothing of what it remembers for itself', async () => {
    const who = customer()
    who.say('fila')
    await eventually(async () => (await conversationOf(who))?.metadata?.queue === 'cobranca')
    await who.waitFor(1, 8000)
    const row = await eventually(async () => {
      const found = await conversationOf(who)
      return found?.status === 'active' && found
    })
    expect(Object.keys(row.metadata ?? {}).sort()).toEqual(['recent', 'user'])
    const client = localClient(world.runtime, {osUser: 'tester', tenant: world.db.name})
    const shown = await client.call(showConversation, {id: row.id})
    expect(shown.metadata).toEqual({user: null})
    const {data} = await client.call(listConversations, {})
    expect(data.length).toBeGreaterThan(0)
    for (const {metadata} of data) expect(metadata).not.toHaveProperty('recent')
  })

  it('keeps quiet after somebody typed on the phone itself', async () => {
    const who = customer(INSTANCE)
    who.say('bom dia')
    await who.waitFor(1, 8000)
    world.sandbox.typeOnPhone(who, 'Oi, aqui é o João da loja')
    await eventually(async () => (await conversationOf(who))?.holder === 'phone')
    who.say('menu')
    await new Promise((resolve) => setTimeout(resolve, 800))
    expect(who.received.filter(({text}) => text.includes('O que deseja'))).toEqual([])
  })

  it('honours the opt-out words before any flow, confirms once, and the way back', async () => {
    const who = customer()
    who.say('Sair')
    await who.waitFor(1, 5000)
    expect(who.received[0]?.text).toMatch(/não vai mais receber/)
    who.say('SAIR')
    who.say('reativar')
    await who.waitFor(2, 5000)
    expect(who.received[1]?.text).toMatch(/voltou a receber/)
    const rows = await world.db.read((q) =>
      q.selectFrom('contact_consents').select(['granted', 'source']).orderBy('created_at').execute(),
    )
    expect(rows).toEqual([
      {granted: false, source: 'keyword'},
      {granted: true, source: 'keyword'},
    ])
  })

  it('lets a flow call out only where that is allowed', async () => {
    const who = customer()
    who.say('saldo')
    await who.waitFor(1, 8000)
    expect(who.received[0]?.text).toBe('Sem acesso: blocked.')
  })

  it('sends no link that a server in our own network would fetch from inside it', async () => {
    const who = customer(INSTANCE)
    who.say('foto')
    const [failed] = await eventually(async () => {
      const found = await events('message_failed')
      return found.length > 0 && found
    })
    expect(failed?.data).toMatchObject({error_code: 'link_blocked', error: expect.stringContaining('169.254.169.254')})
    expect(who.received).toEqual([])
  })

  it('knows when an Evolution server delivered, though the server does not say', async () => {
    const before = Date.now()
    const who = customer(INSTANCE)
    who.say('qualquer coisa')
    const conversation = await eventually(() => conversationOf(who))
    const row = await eventually(async () => {
      const found = await world.db.read((q) =>
        q
          .selectFrom('messages')
          .selectAll()
          .where('conversation_id', '=', conversation.id)
          .where('status', 'in', ['delivered', 'read'])
          .executeTakeFirst(),
      )
      return found
    })
    expect(row.status_at?.getTime()).toBeGreaterThanOrEqual(before - 1000)
  })

  it('brings media to disk under its content and gives the message our own address', async () => {
    const who = customer()
    who.sendImage({caption: 'comprovante'})
    await who.waitFor(1, 5000)
    const row = await eventually(async () => {
      const found = await world.db.read((q) =>
        q
          .selectFrom('messages')
          .selectAll()
          .where('type', '=', 'image')
          .where('direction', '=', 'inbound')
          .executeTakeFirst(),
      )
      return found?.media_url != null && found
    })
    const {sha256} = (row.metadata as {media: {sha256: string}}).media
    expect(row.media_url).toBe(`/api/v1/media/${row.id}`)
    expect(existsSync(join(world.runtime.config.uploadPath, world.db.name, sha256))).toBe(true)
  })

  it('stops a lane whose token is refused, keeps what waits, and goes on when it is mended', async () => {
    await editConfig(world.runtime, world.db, world.official.id, {access_token: 'revoked'})
    await new Promise((resolve) => setTimeout(resolve, 1100))
    const who = customer()
    who.say('menu')
    const [stopped] = await eventually(async () => {
      const found = await events('lane_stopped')
      return found.length > 0 && found
    })
    expect(stopped?.data).toMatchObject({
      config_id: world.official.id,
      error_code: '190',
      next_step: expect.stringContaining('pytake whatsapp edit'),
    })
    const queued = await world.db.read((q) => q.selectFrom('outbox').selectAll().execute())
    expect(queued.map(({state}) => state)).toEqual(['queued'])
    await editConfig(world.runtime, world.db, world.official.id, {access_token: 'token-1'})
    await resumeLane(world.db, world.official.id, world.runtime.clock.now())
    await who.waitFor(1, 8000)
    expect(who.received).toHaveLength(1)
  })

  it('retries what surely was not taken, and delivers it once', async () => {
    world.sandbox.setFaults(['POST */messages: 500'])
    try {
      const who = customer()
      who.say('menu')
      await eventually(async () =>
        (await world.db.read((q) => q.selectFrom('outbox').select('attempts').execute())).some(
          ({attempts}) => attempts > 0,
        ),
      )
      world.sandbox.setFaults([])
      await who.waitFor(1, 10_000)
      await new Promise((resolve) => setTimeout(resolve, 300))
      expect(who.received).toHaveLength(1)
    } finally {
      world.sandbox.setFaults([])
    }
  })

  it('does not send again what may have been taken, and learns from the status that it was', async () => {
    world.sandbox.setFaults(['POST */messages: drop'])
    try {
      const who = customer()
      who.say('menu')
      await who.waitFor(1, 8000)
      const row = await eventually(async () => {
        const found = await world.db.read((q) =>
          q
            .selectFrom('messages')
            .selectAll()
            .where('direction', '=', 'outbound')
            .orderBy('id', 'desc')
            .executeTakeFirst(),
        )
        return found && ['delivered', 'read'].includes(found.status ?? '') && found
      })
      expect(row.whatsapp_message_id).toMatch(/^wamid/)
      expect(who.received).toHaveLength(1)
      expect(await world.db.read((q) => q.selectFrom('outbox').selectAll().execute())).toEqual([])
    } finally {
      world.sandbox.setFaults([])
    }
  })
})
