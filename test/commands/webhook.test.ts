import {createHmac} from 'node:crypto'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, it} from 'vitest'
import {type Ran, run} from '../support/cli.ts'
import {onBothEngines} from '../support/stores.ts'
import {APP_SECRET, eventually, openWorld, PHONE_NUMBER_ID, type World} from '../support/world.ts'

const flow = `
flow: eco
trigger: {type: message_received}
nodes:
  - {id: a, type: message, data: {text: "eco"}}
  - {id: t, type: transfer, data: {queue: suporte}}
  - {id: volta, type: message, data: {text: "voltei"}}
edges:
  - {source: a, target: t}
  - {source: t, target: volta}
`

const body = (number: string, wamid: string, text: string, from = '5511987650001') =>
  JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [
      {
        id: '102290129340398',
        changes: [
          {
            field: 'messages',
            value: {
              messaging_product: 'whatsapp',
              metadata: {display_phone_number: '551140000001', phone_number_id: number},
              contacts: [{profile: {name: 'Maria'}, wa_id: from}],
              messages: [
                {from, id: wamid, timestamp: String(Math.floor(Date.now() / 1000)), type: 'text', text: {body: text}},
              ],
            },
          },
        ],
      },
    ],
  })

onBothEngines('webhooks, jobs and conversations on a running server', (place) => {
  let world: World
  const pytake = (...argv: string[]): Promise<Ran> => run([...argv, '-t', world.db.name], {env: place().env()})
  const post = async (text: string) => {
    const signature = `sha256=${createHmac('sha256', APP_SECRET).update(text).digest('hex')}`
    const answer = await fetch(`${world.server.url}/api/v1/whatsapp/webhook`, {
      method: 'POST',
      headers: {'content-type': 'application/json', 'x-hub-signature-256': signature},
      body: text,
    })
    expect(answer.status).toBe(200)
  }
  const outbound = async (contact: string) =>
    (await pytake('message', 'list', '--contact', contact, '--direction', 'outbound', '--json'))
      .json()
      .data.map((row: {content: string}) => row.content)

  beforeAll(async () => {
    world = await openWorld(place())
    await world.apply(flow)
  })
  afterAll(() => world.close())

  it('shows what came in, as it was understood and as it came', async () => {
    const text = body(PHONE_NUMBER_ID, 'wamid.A', 'oi')
    await post(text)
    const row = await eventually(async () => {
      const list = (await pytake('webhook', 'list', '--kind', 'message', '--state', 'done', '--json')).json()
      return list.data[0]
    })
    const shown = (await pytake('webhook', 'show', String(row.id), '--json')).json()
    expect(shown).toMatchObject({kind: 'message', state: 'done', raw: text, body: {providerId: 'wamid.A', text: 'oi'}})
    expect((await pytake('webhook', 'show', '999999')).exitCode).toBe(5)
    expect((await pytake('webhook', 'show', 'x')).exitCode).toBe(2)
    expect((await pytake('webhook', 'list', '--state', 'failed', '--json')).json().data).toEqual([])
    expect((await pytake('webhook', 'list', '--kind', 'zzz')).exitCode).toBe(2)
  })

  it('gives a conversation back to the bot, and the flow goes on after the transfer', async () => {
    const waiting = await eventually(async () => {
      const list = (await pytake('conversation', 'list', '--status', 'waiting', '--json')).json()
      return list.data[0]
    })
    expect((await pytake('conversation', 'return', waiting.id, '--json')).json()).toMatchObject({holder: 'bot'})
    await eventually(async () => (await outbound('+5511987650001')).includes('voltei'))
  })

  it('runs a stored message again without storing it twice, and only when forced once it is done', async () => {
    const [row] = (await pytake('webhook', 'list', '--kind', 'message', '--json')).json().data
    const refused = await pytake('webhook', 'replay', String(row.id), '--json')
    expect(refused.exitCode).toBe(6)
    expect(refused.error().message).toContain('done')
    const before = (await outbound('+5511987650001')).length
    expect((await pytake('webhook', 'replay', String(row.id), '--force')).exitCode).toBe(0)
    await eventually(async () => (await outbound('+5511987650001')).length > before)
    const inbound = (await pytake('message', 'list', '--direction', 'inbound', '--json')).json()
    expect(inbound.page.total).toBe(1)
  })

  it('refuses a failed turn after which the customer was answered', async () => {
    await post(body(PHONE_NUMBER_ID, 'wamid.B', 'um', '5511987650002'))
    await post(body(PHONE_NUMBER_ID, 'wamid.C', 'dois', '5511987650002'))
    const rows = await eventually(async () => {
      const {data} = (await pytake('webhook', 'list', '--kind', 'message', '--state', 'done', '--json')).json()
      const theirs = data.filter((row: {key: string}) => row.key.includes('5511987650002'))
      return theirs.length === 2 && theirs
    })
    const [newer, older] = rows
    await world.db.write((tx) => tx.update('inbox', ['id'], [{id: older.id, state: 'failed', error: 'bad luck'}]))
    const late = await pytake('webhook', 'replay', String(older.id), '--json')
    expect(late.exitCode).toBe(6)
    expect(late.error().message).toContain(String(newer.id))
    await world.db.write((tx) => tx.update('inbox', ['id'], [{id: newer.id, state: 'failed', error: 'bad luck'}]))
    expect((await pytake('webhook', 'replay', String(newer.id))).exitCode).toBe(0)
  })

  it('keeps what nobody owns, and gives it to whoever owns the number later', async () => {
    await post(body('999', 'wamid.D', 'perdida', '5511987650003'))
    const [letter] = (await pytake('webhook', 'list', '--dead', '--json')).json().data
    expect(letter).toMatchObject({reason: 'unowned', replayed_at: null, body: {number: '999'}})
    expect(letter.id).toMatch(/^dead:\d+$/)
    expect((await pytake('webhook', 'show', letter.id, '--json')).json()).toEqual(letter)
    expect((await pytake('webhook', 'show', 'dead:x')).exitCode).toBe(2)
    expect((await pytake('webhook', 'replay', letter.id)).exitCode).toBe(6)
    await pytake('whatsapp', 'edit', 'principal', '--phone-number-id', '999')
    const done = await pytake('webhook', 'replay', letter.id, '--json')
    expect(done.exitCode, done.stderr).toBe(0)
    expect(done.json().replayed_at).toMatch(/Z$/)
    await pytake('whatsapp', 'edit', 'principal', '--phone-number-id', PHONE_NUMBER_ID)
    await eventually(async () => {
      const list = (await pytake('message', 'list', '--contact', '+5511987650003', '--json')).json()
      return list.data.some((row: {content: string}) => row.content === 'perdida')
    })
  })

  it('replays as many dead letters as are named, and tells at which it stopped', async () => {
    await post(body('999', 'wamid.D1', 'um', '5511987650003'))
    await post(body('999', 'wamid.D2', 'dois', '5511987650003'))
    const {data} = (await pytake('webhook', 'list', '--dead', '--limit', '2', '--json')).json()
    const ids = data.map(({id}: {id: string}) => id)
    await pytake('whatsapp', 'edit', 'principal', '--phone-number-id', '999')
    const stopped = await pytake('webhook', 'replay', ids[0], 'dead:999999')
    expect([stopped.exitCode, stopped.stderr]).toEqual([5, expect.stringContaining(`${ids[0]} went in before that`)])
    const done = await pytake('webhook', 'replay', ...ids, '--json')
    expect(done.json().data.map(({id}: {id: string}) => id)).toEqual(ids)
    await pytake('whatsapp', 'edit', 'principal', '--phone-number-id', PHONE_NUMBER_ID)
    expect((await pytake('webhook', 'replay', ids[0], '1')).exitCode).toBe(2)
    const wrong = await pytake('webhook', 'replay', 'abc')
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining('must be the number of a webhook')])
  })

  it('waits for the outcome of a message: sent, failed with the reason, pending', async () => {
    const joana = world.sandbox.customer({phone: '5511987650005', name: 'Joana', via: PHONE_NUMBER_ID})
    joana.say('oi')
    await joana.waitFor(1, 5000)
    const sent = await pytake('message', 'send', '--to', '+5511987650005', '--text', 'Olá', '--json')
    expect(sent.exitCode, sent.stderr).toBe(0)
    expect(sent.json()).toMatchObject({whatsapp_message_id: expect.stringMatching(/^wamid/)})
    const closed = await pytake(
      ...['message', 'send', '--to', '+5511987650077', '--from', 'principal', '--text', 'Olá', '--json'],
    )
    expect(closed.exitCode).toBe(1)
    expect(closed.json()).toMatchObject({status: 'failed', error_message: expect.stringContaining('window_closed')})
    const step = 'Send a template: pytake message send --to +5511987650077 --template NAME'
    expect(closed.json().next_step).toBe(step)
    expect(closed.stderr).toMatch(/^✗ window_closed: .*\n  Send a template: /)
    expect((await pytake('message', 'show', closed.json().id)).stdout).toContain(`next_step\t${step}\n`)
    await pytake('whatsapp', 'pause', 'principal')
    const pending = await pytake('message', 'send', '--to', '+5511987650005', '--text', 'depois', '--json')
    expect(pending.exitCode).toBe(8)
    const quick = await pytake('message', 'send', '--to', '+5511987650005', '--text', 'já', '--no-wait', '--json')
    expect(quick.exitCode).toBe(0)
    expect(quick.json().status).not.toBe('sent')
    expect((await pytake('message', 'cancel', quick.json().id)).exitCode).toBe(0)
    await pytake('whatsapp', 'resume', 'principal')
    await eventually(async () => {
      const message = (await pytake('message', 'show', pending.json().id, '--json')).json()
      return message.whatsapp_message_id !== null
    })
  })

  it('cancels a job that is not over, and tells whoever waits for it', async () => {
    const id = world.runtime.ids.next()
    const at = new Date(Date.now() + 3600_000)
    await world.db.write((tx) =>
      tx.insert('jobs', [
        {
          ...{id, kind: 'later', job_key: null, payload: null, state: 'pending', attempts: 0, max_attempts: 1},
          ...{created_by: 'test', due_at: at, created_at: at, updated_at: at},
        },
      ]),
    )
    expect((await pytake('job', 'list', '--state', 'pending', '--kind', 'later', '--json')).json().data).toMatchObject([
      {id, state: 'pending'},
    ])
    expect((await pytake('job', 'cancel', id)).exitCode).toBe(2)
    expect((await pytake('job', 'cancel', id, '--yes', '--json')).json()).toMatchObject({id, state: 'cancelled'})
    expect((await pytake('job', 'cancel', id, '--yes')).exitCode).toBe(6)
    expect((await pytake('job', 'show', 'ghost')).exitCode).toBe(5)
  })
})

it('signs a body as the receiver checks it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pytake-sign-'))
  writeFileSync(join(folder, 'secret'), `${APP_SECRET}\n`)
  writeFileSync(join(folder, 'body.json'), '{"a":1}')
  const expected = createHmac('sha256', APP_SECRET).update('{"a":1}').digest('hex')
  const ran = await run(['webhook', 'sign', 'body.json', '--secret-file', 'secret'], {cwd: folder})
  expect(ran.stdout).toBe(`X-Hub-Signature-256: sha256=${expected}\n`)
  const piped = await run(['webhook', 'sign', '-', '--secret-file', 'secret', '--json'], {
    cwd: folder,
    stdin: '{"a":1}',
  })
  expect(piped.json()).toEqual({header: 'X-Hub-Signature-256', value: `sha256=${expected}`})
  expect((await run(['webhook', 'sign', 'none', '--secret-file', 'secret'], {cwd: folder})).exitCode).toBe(2)
  rmSync(folder, {recursive: true})
})
