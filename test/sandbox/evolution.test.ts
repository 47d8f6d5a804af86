import {createHmac} from 'node:crypto'
import {describe, expect, it} from 'vitest'
import {fixture, KEY, MARIA, NAME, server} from './evolution-rig.ts'
import {fakeClock, receiver, type Wire} from './rig.ts'

describe('keys', () => {
  it.each([
    ['an unknown instance, before the key is looked at', '/instance/connectionState/nada', '', 404],
    ['no key', `/instance/connectionState/${NAME}`, '', 401],
    ['a wrong key', `/instance/connectionState/${NAME}`, 'wrong', 401],
    ["the instance's key", `/instance/connectionState/${NAME}`, KEY, 200],
    ['the global key', `/instance/connectionState/${NAME}`, 'sandbox-global-key', 200],
    ['an unknown route', `/instance/nothing/${NAME}`, KEY, 404],
    ["creation with the instance's key", '/instance/create', KEY, 401],
  ])('%s', async (_what, path, key, status) => {
    await using s = await server()
    const answer = await s.call(path.endsWith('create') ? 'POST' : 'GET', path, undefined, key)
    expect(answer.status).toBe(status)
    if (status === 200) expect(answer.body).toEqual({instance: {instanceName: NAME, state: 'open'}})
    else expect(answer.body).toMatchObject({status, error: expect.any(String), response: {message: expect.anything()}})
  })

  it('greets without a key', async () => {
    await using s = await server()
    expect((await s.call('GET', '/', undefined, '')).body).toMatchObject({status: 200, version: '2.3.6'})
  })

  it('lists all instances to the global key and its own to a token', async () => {
    await using s = await server()
    s.sandbox.addInstance({name: 'other', apiKey: 'OTHER', ownerPhone: '554733330002', state: 'close'})
    const names = async (key: string) => (await s.call('GET', '/instance/fetchInstances', undefined, key)).body
    expect((await names('sandbox-global-key')).map((row: Wire) => row.name)).toEqual([NAME, 'other'])
    expect(await names(KEY)).toMatchObject([
      {name: NAME, connectionStatus: 'open', token: KEY, ownerJid: '554733330001@s.whatsapp.net'},
    ])
    expect((await s.call('GET', '/instance/fetchInstances', undefined, 'no')).status).toBe(401)
  })
})

describe('what customers do', () => {
  it('arrives in the shape of the sample', async () => {
    await using s = await server()
    s.sandbox.customer(MARIA).say('Bom dia, minha internet caiu')
    await s.sandbox.idle()
    const sample = fixture('messages-upsert-conversation-13-digits')
    const [event] = s.of('messages.upsert')
    expect(Object.keys(event).sort()).toEqual(Object.keys(sample).sort())
    expect(Object.keys(event.data).sort()).toEqual(Object.keys(sample.data).sort())
    expect(event.data).toMatchObject({
      key: {remoteJid: '554799990001@s.whatsapp.net', fromMe: false},
      pushName: 'Maria A.',
      status: 'DELIVERY_ACK',
      message: {conversation: 'Bom dia, minha internet caiu'},
    })
    const sent = Date.parse(event.date_time) / 1000
    expect(event.data.messageTimestamp - sent).toBeGreaterThan(3 * 3600 - 5)
  })

  it.each([
    [
      {lid: '112233445566778'},
      {remoteJid: '112233445566778@lid', addressingMode: 'lid', remoteJidAlt: '554799990001@s.whatsapp.net'},
      'Maria A.',
    ],
    [{lid: '998877665544332', hidesPhone: true}, {remoteJid: '998877665544332@lid', addressingMode: 'lid'}, undefined],
  ])('comes from a LID: %j', async (more, key, pushName) => {
    await using s = await server()
    const maria = s.sandbox.customer({...MARIA, ...more})
    maria.say('oi')
    await s.send('sendText', {number: key.remoteJid, text: 'olá'})
    await s.sandbox.idle()
    const {data} = s.of('messages.upsert')[0]
    expect(data.key).toEqual({...key, fromMe: false, id: data.key.id})
    expect(data.pushName).toBe(pushName)
    expect(maria.received.map((message) => message.text)).toEqual(['olá'])
  })

  it('carries media as base64 when asked, and by the download call', async () => {
    await using s = await server({instance: {webhookBase64: true}})
    const id = s.sandbox.customer(MARIA).sendImage({bytes: Buffer.from('bytes'), caption: 'Luz vermelha'})
    await s.sandbox.idle()
    const {data} = s.of('messages.upsert')[0]
    expect(data.messageType).toBe('imageMessage')
    expect(data.message.imageMessage).toMatchObject({
      caption: 'Luz vermelha',
      mimetype: 'image/png',
      fileLength: {low: 5, high: 0, unsigned: true},
    })
    expect(data.message.base64).toBe(Buffer.from('bytes').toString('base64'))
    const got = await s.call('POST', `/chat/getBase64FromMediaMessage/${NAME}`, {message: {key: {id}}})
    expect(got).toMatchObject({
      status: 201,
      body: {mediaType: 'imageMessage', base64: data.message.base64, buffer: null},
    })
  })

  it('tells what was typed on the business phone as a message of our own', async () => {
    await using s = await server()
    s.sandbox.typeOnPhone(s.sandbox.customer(MARIA), 'Oi Maria, aqui é o Carlos')
    await s.sandbox.idle()
    expect(s.of('messages.upsert')[0].data).toMatchObject({
      key: {fromMe: true, remoteJid: '554799990001@s.whatsapp.net'},
      pushName: 'Você',
      status: 'SERVER_ACK',
    })
  })
})

describe('other chat calls', () => {
  it('knows accounts in both forms of the number', async () => {
    await using s = await server()
    s.sandbox.customer(MARIA)
    const {body} = await s.call('POST', `/chat/whatsappNumbers/${NAME}`, {
      numbers: ['5547999990001', '554799990001', '5547988880000'],
    })
    expect(body).toMatchObject([
      {jid: '554799990001@s.whatsapp.net', exists: true, number: '5547999990001'},
      {jid: '554799990001@s.whatsapp.net', exists: true, number: '554799990001'},
      {exists: false, number: '5547988880000'},
    ])
  })

  it('marks as read and shows typing, but skips LIDs in silence', async () => {
    await using s = await server()
    const maria = s.sandbox.customer(MARIA)
    const id = maria.say('oi')
    const read = (remoteJid: string) =>
      s.call('POST', `/chat/markMessageAsRead/${NAME}`, {readMessages: [{remoteJid, fromMe: false, id}]})
    expect(await read('1122@lid')).toEqual({status: 201, body: {message: 'Read messages', read: 'success'}})
    expect(maria.seenByBusiness).toEqual([])
    await read('554799990001@s.whatsapp.net')
    await s.call('POST', `/chat/sendPresence/${NAME}`, {number: MARIA.phone, presence: 'composing', delay: 100})
    expect([maria.seenByBusiness, maria.typingShown]).toEqual([[id], 1])
  })

  it('finds messages by key, direction and time, with their acknowledgements', async () => {
    await using s = await server()
    const maria = s.sandbox.customer(MARIA)
    maria.say('oi')
    const {body: sent} = await s.send('sendText', {number: MARIA.phone, text: 'olá'})
    await s.sandbox.idle()
    const find = async (where: unknown) => (await s.call('POST', `/chat/findMessages/${NAME}`, {where})).body.messages
    expect((await find({})).total).toBe(2)
    expect((await find({key: {fromMe: true}})).records).toMatchObject([
      {key: sent.key, MessageUpdate: [{status: 'SERVER_ACK'}, {status: 'DELIVERY_ACK'}, {status: 'READ'}]},
    ])
    expect((await find({key: {id: 'nothing'}})).total).toBe(0)
    expect((await find({messageTimestamp: {gte: '2099-01-01T00:00:00Z'}})).total).toBe(0)
  })
})

describe('life of an instance', () => {
  it('is created, gives a QR code, opens, logs out and is deleted', async () => {
    await using s = await server()
    const root = (method: string, path: string, body?: unknown) => s.call(method, path, body, 'sandbox-global-key')
    const webhook = {enabled: true, url: s.hook.url, headers: {'X-Token': 's'}, events: []}
    const created = await root('POST', '/instance/create', {
      ...{instanceName: 'nova', integration: 'WHATSAPP-BAILEYS', qrcode: true, number: '554733330009', webhook},
    })
    expect(created.status).toBe(201)
    expect(created.body).toMatchObject({
      instance: {instanceName: 'nova', status: 'connecting'},
      hash: expect.any(String),
      qrcode: {code: expect.stringMatching(/^2@/), base64: expect.stringMatching(/^data:image\/png/), count: 1},
    })
    const again = await root('POST', '/instance/create', {instanceName: 'nova', integration: 'WHATSAPP-BAILEYS'})
    expect([again.status, again.body.response.message]).toEqual([403, ['This name "nova" is already in use.']])
    const paired = await s.call('GET', '/instance/connect/nova?number=554733330009', undefined, created.body.hash)
    expect(paired.body.pairingCode).toMatch(/^[A-Z0-9]{8}$/)
    s.sandbox.scan('nova')
    expect((await root('GET', '/instance/connectionState/nova')).body.instance.state).toBe('open')
    expect((await root('DELETE', '/instance/logout/nova')).body.response.message).toBe('Instance logged out')
    expect((await root('DELETE', '/instance/logout/nova')).status).toBe(400)
    await s.sandbox.idle()
    expect(s.of('connection.update').map(({data}) => [data.state, data.statusReason])).toEqual([
      ['connecting', 200],
      ['connecting', 200],
      ['open', 200],
      ['close', 401],
    ])
    expect(s.of('status.instance')[0].data).toMatchObject({status: 'closed', disconnectionReasonCode: 401})
    expect(s.of('logout.instance')[0].data).toBeNull()
    expect(s.of('qrcode.updated')[0].data.qrcode.instance).toBe('nova')
    expect((await root('DELETE', '/instance/delete/nova')).status).toBe(200)
    expect((await root('GET', '/instance/connectionState/nova')).status).toBe(404)
  })

  it('closes for a while without a word about the end', async () => {
    await using s = await server()
    s.sandbox.disconnect(NAME, 408)
    await s.sandbox.idle()
    expect(s.hook.events().map((event) => event.event)).toEqual(['connection.update'])
  })
})

describe('webhooks', () => {
  it('sets and finds one, under the names of the way out', async () => {
    await using s = await server()
    const set = await s.call('POST', `/webhook/set/${NAME}`, {
      webhook: {enabled: true, url: s.hook.url, headers: {a: 'b'}, byEvents: true, events: ['MESSAGES_UPSERT']},
    })
    expect(set).toMatchObject({
      status: 201,
      body: {url: s.hook.url, headers: {a: 'b'}, webhookByEvents: true, webhookBase64: false},
    })
    expect((await s.call('GET', `/webhook/find/${NAME}`)).body).toEqual(set.body)
    const maria = s.sandbox.customer(MARIA)
    maria.say('oi')
    await s.send('sendText', {number: MARIA.phone, text: 'olá'})
    await s.sandbox.idle()
    expect(s.hook.posts.map((post) => [post.path, post.headers.a])).toEqual([['/hook/messages-upsert', 'b']])
  })

  it.each([
    ['a flat body', {enabled: true, url: 'https://x.example'}],
    ['no url', {webhook: {enabled: true}}],
    ['an unknown event', {webhook: {enabled: true, url: 'https://x.example', events: ['GROUPS_UPDATE']}}],
  ])('refuses %s', async (_what, body) => {
    await using s = await server()
    expect((await s.call('POST', `/webhook/set/${NAME}`, body)).status).toBe(400)
  })

  it('sends the secret header, or a token signed with jwt_key', async () => {
    await using s = await server({instance: {webhookSecretHeader: {name: 'X-Webhook-Secret', value: 'segredo'}}})
    const maria = s.sandbox.customer(MARIA)
    maria.say('oi')
    await s.sandbox.idle()
    expect(s.hook.posts[0]?.headers['x-webhook-secret']).toBe('segredo')
    await s.call('POST', `/webhook/set/${NAME}`, {webhook: {enabled: true, url: s.hook.url, headers: {jwt_key: 'k'}}})
    maria.say('de novo')
    await s.sandbox.idle()
    const headers = s.hook.posts[1]?.headers
    const [head, claims, signature] = headers?.authorization?.replace('Bearer ', '').split('.') ?? []
    expect(signature).toBe(createHmac('sha256', 'k').update(`${head}.${claims}`).digest('base64url'))
    expect(JSON.parse(Buffer.from(claims ?? '', 'base64url').toString())).toMatchObject({
      app: 'evolution',
      action: 'webhook',
    })
    expect(headers).not.toHaveProperty('jwt_key')
  })

  it.each([
    [400, 1],
    [401, 1],
    [403, 1],
    [404, 1],
    [422, 1],
    [500, 10],
    [409, 10],
  ])('after %i there are %i tries in all', async (status, tries) => {
    const clock = fakeClock()
    const hook = await receiver(() => status)
    await using s = await server({clock, hook})
    s.sandbox.customer(MARIA).say('oi')
    await clock.advance(3_600_000)
    expect(hook.posts).toHaveLength(tries)
    expect(s.sandbox.stats()).toMatchObject({updatesLost: 1, pending: 0})
  })
})
