import {createHash} from 'node:crypto'
import {describe, expect, it} from 'vitest'
import type {Sandbox} from '../../src/sandbox/sandbox.ts'
import {fakeClock, PNID, receiver, rig, TOKEN, WABA, type Wire} from './rig.ts'

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC',
  'base64',
)
const ANA = {phone: '5511987650001', name: 'Ana', via: PNID}

async function upload(
  sandbox: Sandbox,
  bytes: Uint8Array,
  type: string,
  more: {product?: string; stated?: string} = {},
) {
  const form = new FormData()
  form.set('messaging_product', more.product ?? 'whatsapp')
  form.set('type', more.stated ?? type)
  form.set('file', new Blob([new Uint8Array(bytes)], {type}), 'file')
  const headers = {authorization: `Bearer ${TOKEN}`}
  const answer = await fetch(`${sandbox.cloudUrl}/v25.0/${PNID}/media`, {method: 'POST', headers, body: form})
  return {status: answer.status, body: (await answer.json()) as Wire}
}

describe('media', () => {
  it('takes an upload, tells about it, hands the bytes out and forgets it', async () => {
    await using r = await rig()
    const {body} = await upload(r.sandbox, png, 'image/png')
    const info = await r.graph('GET', `/v25.0/${body.id}?phone_number_id=${PNID}`)
    expect(info.body).toMatchObject({
      id: body.id,
      messaging_product: 'whatsapp',
      mime_type: 'image/png',
      file_size: String(png.length),
      sha256: createHash('sha256').update(png).digest('hex'),
    })
    const download = await fetch(info.body.url, {headers: {authorization: `Bearer ${TOKEN}`}})
    expect(Buffer.from(await download.arrayBuffer())).toEqual(png)
    expect((await r.graph('DELETE', `/v25.0/${body.id}`)).body).toEqual({success: true})
    expect((await r.graph('GET', `/v25.0/${body.id}`)).body.error).toMatchObject({code: 100, error_subcode: 33})
  })

  it('opens a link with the token only, unchanged only, and for five minutes', async () => {
    const clock = fakeClock()
    await using r = await rig({clock})
    const {body} = await upload(r.sandbox, png, 'image/png')
    const {url} = (await r.graph('GET', `/v25.0/${body.id}`)).body
    const status = async (address: string, token?: string) =>
      (await fetch(address, {headers: token ? {authorization: `Bearer ${token}`} : {}})).status
    expect(await status(url)).toBe(401)
    expect(await status(url, 'wrong')).toBe(401)
    expect(await status(`${url}x`, TOKEN)).toBe(404)
    expect(await status(url, TOKEN)).toBe(200)
    await clock.advance(301_000)
    expect(await status(url, TOKEN)).toBe(404)
  })

  it.each([
    ['an unknown type', png, {type: 'application/zip'}, 100],
    ['a stated type that is not the file', png, {type: 'image/png', stated: 'image/jpeg'}, 100],
    ['another product', png, {type: 'image/png', product: 'telegram'}, 100],
    ['no bytes', Buffer.alloc(0), {type: 'image/png'}, 131053],
    ['an image over 5 MB', Buffer.alloc(5 * 1024 * 1024 + 1), {type: 'image/jpeg'}, 131053],
    ['a still sticker over 100 KB', Buffer.alloc(100 * 1024 + 1), {type: 'image/webp'}, 131053],
  ])('refuses %s', async (_what, bytes, {type, ...more}: {type: string; stated?: string; product?: string}, code) => {
    await using r = await rig()
    const answer = await upload(r.sandbox, bytes, type, more)
    expect([answer.status, answer.body.error.code]).toEqual([400, code])
  })

  it('fails a message later when the kind does not fit the bytes', async () => {
    await using r = await rig({number: {enforceWindow: false}})
    r.sandbox.customer(ANA)
    const {body} = await upload(r.sandbox, png, 'image/png')
    expect((await r.send({to: '+5511987650001', type: 'video', video: {id: body.id}})).status).toBe(200)
    await r.sandbox.idle()
    expect(r.hook.statuses()).toMatchObject([{status: 'failed', errors: [{code: 131053}]}])
  })

  it('puts what customers send into the webhook, with a link that works', async () => {
    await using r = await rig()
    const ana = r.sandbox.customer(ANA)
    ana.sendImage({bytes: png, caption: 'Luz vermelha'})
    ana.sendVoice()
    ana.sendDocument()
    ana.sendLocation(-26.3, -48.8, 'Praça')
    await r.sandbox.idle()
    const [image, audio, document, location] = r.hook.messages()
    expect(image.image).toMatchObject({mime_type: 'image/png', caption: 'Luz vermelha'})
    expect(image.image.sha256).toBe(createHash('sha256').update(png).digest('base64'))
    expect(audio).toMatchObject({type: 'audio', audio: {voice: true, mime_type: 'audio/ogg; codecs=opus'}})
    expect(document.document.filename).toBe('comprovante.pdf')
    expect(location.location).toEqual({latitude: -26.3, longitude: -48.8, name: 'Praça'})
    const download = await fetch(image.image.url, {headers: {authorization: `Bearer ${TOKEN}`}})
    expect(Buffer.from(await download.arrayBuffer())).toEqual(png)
    expect((await r.graph('GET', `/v25.0/${image.image.id}`)).status).toBe(200)
  })
})

describe('numbers and accounts', () => {
  it('tells the fields that were asked for and refuses others', async () => {
    await using r = await rig()
    const usual = await r.graph('GET', `/v25.0/${PNID}`)
    expect(usual.body).toMatchObject({id: PNID, display_phone_number: '+55 11 4000-0001', quality_rating: 'GREEN'})
    const chosen = await r.graph('GET', `/v25.0/${PNID}?fields=status,throughput`)
    expect(chosen.body).toEqual({status: 'CONNECTED', throughput: {level: 'STANDARD'}, id: PNID})
    const wrong = await r.graph('GET', `/v25.0/${PNID}?fields=messaging_limit_tier`)
    expect(wrong.body.error).toMatchObject({
      code: 100,
      message: expect.stringContaining('nonexisting field (messaging_limit_tier)'),
    })
  })

  it('lists the numbers of the WABA that the token sees', async () => {
    await using r = await rig()
    const {body} = await r.graph('GET', `/v25.0/${WABA}/phone_numbers?fields=id,verified_name`)
    expect(body.data).toEqual([{id: PNID, verified_name: 'Sandbox'}])
  })

  it('takes no message for a number that was deregistered, until it is registered again', async () => {
    await using r = await rig({number: {acceptUnknown: true}})
    const send = async () => (await r.send({to: '+5511987650001', type: 'text', text: {body: 'oi'}})).body
    await r.graph('POST', `/v25.0/${PNID}/deregister`)
    expect((await send()).error.code).toBe(133010)
    expect((await r.graph('GET', `/v25.0/${PNID}?fields=status`)).body.status).toBe('DISCONNECTED')
    const pin = {messaging_product: 'whatsapp', pin: '12345'}
    expect((await r.graph('POST', `/v25.0/${PNID}/register`, pin)).body.error.code).toBe(131009)
    await r.graph('POST', `/v25.0/${PNID}/register`, {...pin, pin: '123456'})
    expect((await send()).messages).toHaveLength(1)
  })

  it('keeps the profile, within its limits', async () => {
    await using r = await rig()
    const path = `/v25.0/${PNID}/whatsapp_business_profile`
    const change = (value: Record<string, unknown>) => r.graph('POST', path, {messaging_product: 'whatsapp', ...value})
    expect((await change({about: 'Provedor', websites: ['https://example.com']})).body).toEqual({success: true})
    expect((await r.graph('GET', `${path}?fields=about`)).body.data).toEqual([
      {about: 'Provedor', messaging_product: 'whatsapp'},
    ])
    expect((await change({about: 'x'.repeat(140)})).body.error.code).toBe(100)
    expect((await change({websites: ['a', 'b', 'c']})).body.error.code).toBe(100)
  })

  it('subscribes with a callback of its own only after the handshake', async () => {
    const other = await receiver()
    await using r = await rig()
    const path = `/v25.0/${WABA}/subscribed_apps`
    const refused = await r.graph('POST', path, {override_callback_uri: other.url, verify_token: 'wrong'})
    expect(refused.body.error.code).toBe(2200)
    await r.graph('POST', path, {override_callback_uri: other.url, verify_token: 'verify-me'})
    expect((await r.graph('GET', path)).body.data[0].override_callback_uri).toBe(other.url)
    r.sandbox.customer(ANA).say('oi')
    await r.sandbox.idle()
    expect([r.hook.posts.length, other.posts.length]).toEqual([0, 1])
    await other.close()
  })
})

describe('templates', () => {
  const templates = Array.from({length: 30}, (_, index) => ({
    name: `modelo_${index}`,
    language: index % 2 ? 'pt_BR' : 'en_US',
    category: index % 3 ? 'UTILITY' : 'MARKETING',
    status: index === 4 ? 'PAUSED' : 'APPROVED',
    components: [{type: 'BODY', text: `Texto ${index}`}],
  }))

  it('lists them in pages that join without a gap', async () => {
    await using r = await rig({number: {templates}})
    const names: string[] = []
    let path = `/v25.0/${WABA}/message_templates?fields=name&limit=12`
    for (let page = 0; page < 5 && path; page++) {
      const {body} = await r.graph('GET', path)
      names.push(...body.data.map((template: {name: string}) => template.name))
      path = body.paging.next ? body.paging.next.slice(r.sandbox.cloudUrl.length) : ''
    }
    expect(names).toEqual(templates.map((template) => template.name))
  })

  it.each([
    ['name=modelo_3', 1],
    ['status=PAUSED', 1],
    ['category=marketing', 10],
    ['language=pt_BR&category=MARKETING', 5],
    ['name=modelo_3,modelo_4', 2],
    ['content=Texto 29', 1],
    ['name_or_content=modelo_2', 11],
  ])('filters by %s', async (query, count) => {
    await using r = await rig({number: {templates}})
    const {body} = await r.graph('GET', `/v25.0/${WABA}/message_templates?limit=100&${query}`)
    expect(body.data).toHaveLength(count)
  })

  it('has 25 on a page by default, all components, and refuses a wrong cursor', async () => {
    await using r = await rig({number: {templates}})
    const {body} = await r.graph('GET', `/v25.0/${WABA}/message_templates`)
    expect(body.data).toHaveLength(25)
    expect(body.data[0]).toMatchObject({name: 'modelo_0', parameter_format: 'POSITIONAL', components: [{type: 'BODY'}]})
    const wrong = await r.graph('GET', `/v25.0/${WABA}/message_templates?after=abc`)
    expect(wrong.body.error.code).toBe(131059)
  })

  it('creates one, approves it by webhook, pauses it on demand and removes it', async () => {
    await using r = await rig()
    const wanted = {name: 'novo', category: 'UTILITY', language: 'pt_BR', components: [{type: 'BODY', text: 'Oi'}]}
    expect(
      (await r.graph('POST', `/v25.0/${WABA}/message_templates`, {...wanted, name: 'Novo!'})).body.error.code,
    ).toBe(100)
    const {body} = await r.graph('POST', `/v25.0/${WABA}/message_templates`, wanted)
    expect(body).toMatchObject({status: 'PENDING', category: 'UTILITY'})
    await r.sandbox.idle()
    r.sandbox.setTemplateStatus(WABA, 'novo', 'PAUSED')
    await r.sandbox.idle()
    const changes = r.hook.events().map((event) => [event.entry[0].time, event.entry[0].changes[0]])
    expect(changes).toMatchObject([
      [
        expect.any(Number),
        {field: 'message_template_status_update', value: {event: 'APPROVED', message_template_name: 'novo'}},
      ],
      [expect.any(Number), {value: {event: 'PAUSED', other_info: {title: 'FIRST_PAUSE'}}}],
    ])
    expect((await r.graph('GET', `/v25.0/${body.id}`)).body).toMatchObject({name: 'novo', status: 'PAUSED'})
    expect((await r.graph('DELETE', `/v25.0/${WABA}/message_templates?name=novo`)).body).toEqual({success: true})
    expect((await r.graph('GET', `/v25.0/${WABA}/message_templates`)).body.data).toEqual([])
  })
})
