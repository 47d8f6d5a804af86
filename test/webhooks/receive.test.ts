import {createHmac} from 'node:crypto'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {addConfig, editConfig} from '../../src/channels/accounts.ts'
import {createTenant} from '../../src/tenants/lifecycle.ts'
import {onBothEngines} from '../support/stores.ts'
import {APP_SECRET, eventually, openWorld, PHONE_NUMBER_ID, type World} from '../support/world.ts'

const sign = (body: string | Buffer, secret = APP_SECRET) =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`

interface TextOptions {
  id: string
  number?: string
  from?: string
  text?: string
}

const change = ({id, number = PHONE_NUMBER_ID, from = '5511987650009', text = 'oi'}: TextOptions) => ({
  field: 'messages',
  value: {
    messaging_product: 'whatsapp',
    metadata: {display_phone_number: '551140000001', phone_number_id: number},
    contacts: [{profile: {name: 'Teste'}, wa_id: from}],
    messages: [{from, id, timestamp: String(Math.floor(Date.now() / 1000)), type: 'text', text: {body: text}}],
  },
})
const post = (...changes: object[]) =>
  JSON.stringify({object: 'whatsapp_business_account', entry: [{id: '102290129340398', changes}]})

onBothEngines('the webhook receiver', (place) => {
  let world: World
  let address: string
  const send = (
    body: string | Buffer,
    headers: Record<string, string> = {'x-hub-signature-256': sign(body)},
    url = address,
  ) => fetch(url, {method: 'POST', body, headers: {'content-type': 'application/json', ...headers}})
  const stored = (text: string) =>
    world.db.read((q) =>
      q.selectFrom('messages').selectAll().where('content', '=', text).where('direction', '=', 'inbound').execute(),
    )

  beforeAll(async () => {
    world = await openWorld(place())
    address = `${world.server.url}/api/v1/whatsapp/webhook`
  })
  afterAll(() => world.close())

  describe('the handshake', () => {
    it("answers Meta's challenge for a config's own verify token, and 403 for any other", async () => {
      const token = world.official.webhook_verify_token ?? ''
      const good = await fetch(`${address}?hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=1158201444`)
      expect([good.status, await good.text()]).toEqual([200, '1158201444'])
      expect((await fetch(`${address}?hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1`)).status).toBe(403)
    })
  })

  it.each<[string, string | Buffer, Record<string, string>, number, string]>([
    ['no signature', post(change({id: 'w1'})), {}, 401, 'UNAUTHORIZED'],
    ['a wrong signature', post(change({id: 'w2'})), {'x-hub-signature-256': sign('other')}, 401, 'UNAUTHORIZED'],
    [
      'a body that was altered by one byte',
      `${post(change({id: 'w3'}))} `,
      {'x-hub-signature-256': sign(post(change({id: 'w3'})))},
      401,
      'UNAUTHORIZED',
    ],
    ['a signature in another form', post(change({id: 'w4'})), {'x-hub-signature-256': 'sha1=00'}, 401, 'UNAUTHORIZED'],
    ['no JSON', 'hello', {'x-hub-signature-256': sign('hello')}, 400, 'BAD_REQUEST'],
    ['JSON that is no object', '17', {'x-hub-signature-256': sign('17')}, 400, 'BAD_REQUEST'],
    ['an empty body', '', {}, 400, 'BAD_REQUEST'],
    ['nesting deeper than 64', '['.repeat(70) + ']'.repeat(70), {}, 400, 'BAD_REQUEST'],
    ['another content type', post(change({id: 'w5'})), {'content-type': 'text/plain'}, 415, 'UNSUPPORTED_TYPE'],
    ['a body over the limit', Buffer.alloc(4 * 1024 * 1024 + 1, 32), {}, 413, 'TOO_LARGE'],
  ])('refuses %s in the error envelope, and stores nothing', async (_title, body, headers, status, code) => {
    const answer = await send(body, headers)
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({error: {code, request_id: expect.stringMatching(/^req_/)}})
    expect(
      await world.db.read((q) => q.selectFrom('inbox').select('id').where('dedupe_key', 'like', '%w_%').execute()),
    ).toEqual([])
    expect((await fetch(`${world.server.url}/health/live`)).status).toBe(200)
  })

  it('tells of a flood of bad signatures once a minute', async () => {
    await Promise.all(Array.from({length: 50}, () => send(post(change({id: 'flood'})), {})))
    const events = await eventually(async () => {
      const rows = await world.runtime.stores.control.read((q) =>
        q.selectFrom('events').selectAll().where('type', '=', 'webhook_rejected').execute(),
      )
      return rows.some((row) => row.data.reason === 'signature') && rows
    })
    expect(events.filter((row) => row.data.reason === 'signature')).toHaveLength(1)
  })

  it('stores a message once, whether it comes a hundred times at once or twice in one POST', async () => {
    const body = post(change({id: 'same', text: 'só uma vez'}), change({id: 'same', text: 'só uma vez'}))
    const answers = await Promise.all(Array.from({length: 100}, () => send(body)))
    expect(answers.every(({status}) => status === 200)).toBe(true)
    const receipts = (await Promise.all(answers.map((answer) => answer.json()))) as {stored: number; repeated: number}[]
    expect(receipts.reduce((sum, {stored: n}) => sum + n, 0)).toBe(1)
    await eventually(async () => (await stored('só uma vez')).length === 1)
  })

  it('stores text as it came: control characters, right-to-left marks, 64 KB of emoji', async () => {
    const text = `a\u0007\u202eb ${'😀'.repeat(16_000)}`
    await send(post(change({id: 'hostile', text})))
    const [row] = await eventually(async () => {
      const rows = await world.db.read((q) =>
        q.selectFrom('messages').selectAll().where('whatsapp_message_id', '=', 'hostile').execute(),
      )
      return rows.length > 0 && rows
    })
    expect(row?.content).toBe(text)
  })

  it('keeps what no tenant owns as a dead letter of the platform', async () => {
    const answer = await send(post(change({id: 'nobody', number: '999999'})))
    expect([answer.status, await answer.json()]).toEqual([200, {stored: 0, repeated: 0, foreign: 0, dead: 1}])
    const letters = await world.runtime.stores.control.read((q) => q.selectFrom('dead_letters').selectAll().execute())
    expect(letters.map(({reason}) => reason)).toEqual(['unowned'])
    expect(letters[0]?.body).toContain('nobody')
    const events = await world.runtime.stores.control.read((q) =>
      q.selectFrom('events').selectAll().where('type', '=', 'dead_lettered').execute(),
    )
    expect(events.map(({data}) => data)).toEqual([{reason: 'unowned', numbers: ['999999'], count: 1, dropped: 0}])
  })

  it('keeps a shape it has never seen, counted and ready to be replayed', async () => {
    const body = post({field: 'something_new', value: {metadata: {phone_number_id: PHONE_NUMBER_ID}, what: [1, 2]}})
    expect((await send(body)).status).toBe(200)
    const [row] = await eventually(async () => {
      const rows = await world.db.read((q) => q.selectFrom('inbox').selectAll().where('kind', '=', 'unknown').execute())
      return rows[0]?.state === 'failed' && rows
    })
    expect(row?.body).toContain('something_new')
  })

  it('accepts the previous secret after the app secret was changed', async () => {
    await editConfig(world.runtime, world.db, world.official.id, {app_secret: 'a new one'})
    await eventually(
      async () =>
        (await send(post(change({id: `new-${Date.now()}`})), {'x-hub-signature-256': 'sha256=0'})).status === 401,
    )
    const body = post(change({id: 'after', text: 'depois'}))
    await eventually(async () => (await send(body, {'x-hub-signature-256': sign(body, 'a new one')})).status === 200)
    expect((await send(body, {'x-hub-signature-256': sign(body)})).status).toBe(200)
    await editConfig(world.runtime, world.db, world.official.id, {app_secret: APP_SECRET})
  })

  it.each([[0], [1]])(
    'counts only the part of the tenant whose secret signed a POST for two (order %i)',
    async (order) => {
      const id = world.runtime.ids.next()
      await createTenant(world.runtime, world.runtime.stores.control, {id, name: `Outra ${id}`})
      const other = world.runtime.stores.tenant(id)
      const number = `77${order}`
      await addConfig(world.runtime, other, {
        name: 'n',
        api_type: 'official',
        phone_number: '+551133330000',
        phone_number_id: number,
        access_token: 't',
        app_secret: `other-${order}`,
      })
      const [mine, theirs] = [change({id: `mine-${order}`}), change({id: `theirs-${order}`, number})]
      const body = order === 0 ? post(mine, theirs) : post(theirs, mine)
      const receipt = await eventually(async () => {
        const answer = await send(body, {'x-hub-signature-256': sign(body, `other-${order}`)})
        return answer.status === 200 && ((await answer.json()) as {stored: number; foreign: number; dead: number})
      })
      expect(receipt).toMatchObject({stored: 1, foreign: 1, dead: 0})
      expect(
        await world.db.read((q) =>
          q.selectFrom('inbox').select('id').where('dedupe_key', 'like', `%mine-${order}%`).execute(),
        ),
      ).toEqual([])
      expect(await other.read((q) => q.selectFrom('inbox').select('id').execute())).toHaveLength(1)
    },
  )

  it("takes Evolution's webhooks with the secret in their header, for their own instance only, and keeps no token of theirs", async () => {
    const url = `${address}/${world.evolution.id}`
    const file = readFileSync(
      join(import.meta.dirname, '../fixtures/evolution-webhooks/messages-upsert-conversation.json'),
      'utf8',
    )
    const body = JSON.stringify({
      ...(JSON.parse(file) as object),
      instance: 'loja',
      apikey: 'TOKEN-OF-THE-INSTANCE',
      destination: 'https://secret.example',
    })
    expect((await send(body, {}, url)).status).toBe(401)
    expect((await send(body, {'x-webhook-secret': 'wrong'}, url)).status).toBe(401)
    expect((await send(body.replace('"loja"', '"outra"'), {'x-webhook-secret': 'header-secret'}, url)).status).toBe(401)
    expect((await send(body, {'x-webhook-secret': 'header-secret'}, `${url}/messages-upsert`)).status).toBe(200)
    const raws = await world.db.read((q) => q.selectFrom('raw_webhooks').select('body').execute())
    expect(raws.some((raw) => raw.body.includes('messages.upsert'))).toBe(true)
    expect(raws.some((raw) => /TOKEN-OF-THE-INSTANCE|secret\.example/.test(raw.body))).toBe(false)
    expect(
      (await send(body, {'x-webhook-secret': 'header-secret'}, `${address}/0192aaaa-0000-7000-8000-000000000001`))
        .status,
    ).toBe(404)
  })
})

onBothEngines('a receiver without any secret', (place) => {
  it('answers 503 and says so', async () => {
    const world = await openWorld(place())
    try {
      await world.runtime.stores.control.write((tx) => tx.db.deleteFrom('channel_routes').execute())
      await new Promise((resolve) => setTimeout(resolve, 1100))
      const answer = await fetch(`${world.server.url}/api/v1/whatsapp/webhook`, {
        method: 'POST',
        body: post(change({id: 'x'})),
        headers: {'content-type': 'application/json', 'x-hub-signature-256': sign('x')},
      })
      expect([answer.status, ((await answer.json()) as {error: {code: string}}).error.code]).toEqual([
        503,
        'UNAVAILABLE',
      ])
    } finally {
      await world.close()
    }
  })
})
