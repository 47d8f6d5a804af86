import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, describe, expect, it} from 'vitest'
import {systemClock} from '../../../src/base/clock.ts'
import {createHttp} from '../../../src/base/http.ts'
import type {Content, Identity} from '../../../src/base/message.ts'
import type {Account, OutboundMessage} from '../../../src/channels/channel.ts'
import {evolution} from '../../../src/channels/evolution/channel.ts'
import {recordingServer, type Answer} from '../../support/recording-server.ts'
import {serveBytes} from '../../support/http-server.ts'

const http = createHttp({clock: systemClock})
const folder = mkdtempSync(join(tmpdir(), 'pytake-media-'))
afterAll(async () => {
  rmSync(folder, {recursive: true})
  await http.close()
})

const accountAt = (apiUrl: string): Account => ({
  configId: 'c',
  tenantId: 't',
  apiType: 'evolution',
  phoneNumber: '+554733330001',
  instance: 'provedor demo',
  apiKey: 'KEY',
  apiUrl,
  allowPrivateNetwork: true,
})

const to: Identity = {kind: 'jid', value: '554799990001@s.whatsapp.net'}
const accepted = {key: {remoteJid: '554799990001@s.whatsapp.net', fromMe: true, id: '3AC4'}, status: 'PENDING'}
const message = (content: Content, more: Partial<OutboundMessage> = {}): OutboundMessage => ({
  to,
  content,
  callbackData: 'm.1',
  ...more,
})
const hello: Content = {kind: 'text', text: 'oi'}

async function sent(outbound: OutboundMessage) {
  await using server = await recordingServer(() => ({status: 201, body: accepted}))
  const result = await evolution.send(outbound, accountAt(server.url), http)
  return {result, request: server.requests[0]}
}

async function resultOf(answer: Answer | undefined) {
  await using server = await recordingServer(() => answer)
  return await evolution.send(message(hello), accountAt(server.url), http)
}

describe('on the wire', () => {
  it('goes to the instance with its key, quoting what it answers', async () => {
    const {result, request} = await sent(message(hello, {replyTo: '3A00'}))
    expect(request).toMatchObject({method: 'POST', url: '/message/sendText/provedor%20demo'})
    expect(request?.headers).toMatchObject({apikey: 'KEY', 'content-type': 'application/json'})
    expect(request?.json).toEqual({number: to.value, text: 'oi', quoted: {key: {id: '3A00'}}})
    expect(result).toEqual({
      outcome: 'accepted',
      providerId: '3AC4',
      identities: [
        {kind: 'jid', value: '554799990001@s.whatsapp.net'},
        {kind: 'phone', value: '5547999990001'},
      ],
    })
  })

  it.each<[Identity, string]>([
    [{kind: 'phone', value: '5547999990001'}, '5547999990001'],
    [{kind: 'wa_id', value: '554799990001'}, '554799990001'],
    [{kind: 'lid', value: '112233'}, '112233@lid'],
  ])('addresses %o', async (identity, number) => {
    expect((await sent(message(hello, {to: identity}))).request?.json).toMatchObject({number})
  })

  it.each<[string, OutboundMessage, string]>([
    ['a person known by user id only', message(hello, {to: {kind: 'bsuid', value: 'US.1'}}), 'address'],
    ['a template', message({kind: 'template', name: 'a', language: 'pt_BR'}), 'unsupported_by_channel'],
    [
      'a file not read yet',
      message({kind: 'image', media: {sha256: 'a'.repeat(64), mime_type: 'image/png'}}),
      'not_uploaded',
    ],
  ])('refuses %s without a call', async (_title, outbound, code) => {
    const {result, request} = await sent(outbound)
    expect(request).toBeUndefined()
    expect(result).toMatchObject({outcome: 'refused', error: {code}})
  })
})

const options = [
  {id: '0', title: 'Suporte'},
  {id: '1', title: 'Vendas', description: 'planos novos'},
]

const bodies: [Content, string, Record<string, unknown>][] = [
  [{kind: 'text', text: 'a', preview_url: false}, 'sendText', {text: 'a', linkPreview: false}],
  [
    {kind: 'image', media: {link: 'https://a.example/i.png'}, caption: 'c'},
    'sendMedia',
    {mediatype: 'image', media: 'https://a.example/i.png', caption: 'c'},
  ],
  [
    {kind: 'document', media: {id: 'QUJD'}, filename: 'a.pdf'},
    'sendMedia',
    {mediatype: 'document', media: 'QUJD', fileName: 'a.pdf'},
  ],
  [{kind: 'document', media: {id: 'QUJD'}}, 'sendMedia', {mediatype: 'document', media: 'QUJD', fileName: 'file'}],
  [{kind: 'video', media: {id: 'QUJD'}}, 'sendMedia', {mediatype: 'video', media: 'QUJD'}],
  [{kind: 'audio', media: {id: 'QUJD'}}, 'sendMedia', {mediatype: 'audio', media: 'QUJD'}],
  [{kind: 'audio', media: {id: 'QUJD'}, voice: true}, 'sendWhatsAppAudio', {audio: 'QUJD', encoding: true}],
  [{kind: 'sticker', media: {id: 'QUJD'}}, 'sendSticker', {sticker: 'QUJD'}],
  [
    {kind: 'location', latitude: -26.3, longitude: -48.8},
    'sendLocation',
    {latitude: -26.3, longitude: -48.8, name: '-26.3,-48.8', address: '-26.3,-48.8'},
  ],
  [
    {
      kind: 'contacts',
      contacts: [{name: {formatted_name: 'Ana'}, phones: [{phone: '+55 47', wa_id: '5547'}], org: {company: 'X'}}],
    },
    'sendContact',
    {contact: [{fullName: 'Ana', phoneNumber: '+55 47', wuid: '5547', organization: 'X'}]},
  ],
  [
    {kind: 'buttons', text: 'Como ajudar?', buttons: options, header: {text: 'Olá'}, footer: 'Equipe'},
    'sendText',
    {text: 'Olá\n\nComo ajudar?\n\n1. Suporte\n2. Vendas - planos novos\n\nEquipe'},
  ],
  [
    {
      kind: 'buttons',
      text: 'Veja',
      buttons: options,
      header: {kind: 'image', media: {link: 'https://a.example/i.png'}},
    },
    'sendMedia',
    {mediatype: 'image', media: 'https://a.example/i.png', caption: 'Veja\n\n1. Suporte\n2. Vendas - planos novos'},
  ],
  [
    {
      kind: 'list',
      text: 'Escolha',
      button: 'Abrir',
      sections: [{title: 'Casa', rows: options}, {rows: [{id: '2', title: 'Outro'}]}],
    },
    'sendText',
    {text: 'Escolha\n\n*Casa*\n1. Suporte\n2. Vendas - planos novos\n\n3. Outro'},
  ],
  [
    {kind: 'cta_url', text: 'Pague aqui', display_text: 'Abrir', url: 'https://a.example/b'},
    'sendText',
    {text: 'Pague aqui\n\nAbrir: https://a.example/b'},
  ],
]

describe('every kind of content', () => {
  it.each(bodies)('%o', async (content, action, expected) => {
    const {request} = await sent(message(content))
    expect(request?.url).toBe(`/message/${action}/provedor%20demo`)
    expect(request?.json).toEqual({number: to.value, ...expected})
  })

  it('a reaction names the message, not the number', async () => {
    const {request} = await sent(
      message({kind: 'reaction', message_id: '3A00', emoji: '👍'}, {to: {kind: 'phone', value: '5511'}}),
    )
    expect(request?.json).toEqual({key: {remoteJid: '5511@s.whatsapp.net', fromMe: false, id: '3A00'}, reaction: '👍'})
  })
})

describe('what is refused before the wire', () => {
  it('a template, because the channel has none', () => {
    const problems = evolution.check({kind: 'template', name: 'a', language: 'pt_BR'})
    expect(problems).toMatchObject([{field: 'kind', code: 'UNSUPPORTED_BY_CHANNEL'}])
  })

  it.each<[Content, string]>([
    [{kind: 'text', text: 'x'.repeat(4097)}, 'text'],
    [{kind: 'text', text: ' '}, 'text'],
    [{kind: 'buttons', text: 'x'.repeat(4090), buttons: options}, 'text'],
    [{kind: 'buttons', text: 'x'.repeat(1020), buttons: options, header: {kind: 'image', media: {id: '1'}}}, 'text'],
    [{kind: 'image', media: {id: '1'}, caption: 'x'.repeat(1025)}, 'caption'],
    [{kind: 'image', media: {sha256: 'a'.repeat(64), mime_type: 'image/png', size: 17 * 1024 * 1024}}, 'media.size'],
    [{kind: 'reaction', message_id: '1', emoji: 'no'}, 'emoji'],
    [{kind: 'contacts', contacts: [{name: {formatted_name: 'A'}}]}, 'contacts[0].phones'],
  ])('%o', (content, field) => {
    expect(evolution.check(content).map((problem) => problem.field)).toEqual([field])
  })

  it('lets through more options than the other channel shows', () => {
    const many = Array.from({length: 15}, (_, index) => ({id: String(index), title: `Option ${index}`}))
    expect(evolution.check({kind: 'buttons', text: 'a', buttons: many})).toEqual([])
  })
})

describe('what became of it', () => {
  const error = (status: number, message: unknown): Answer => ({
    status,
    body: {status, error: 'x', response: {message}},
  })
  const absent = [{jid: '5547@s.whatsapp.net', exists: false, number: '5547'}]

  it.each<[string, Answer, Record<string, unknown>]>([
    [
      'a number without WhatsApp',
      error(400, absent),
      {outcome: 'refused', error: {code: 'not_on_whatsapp', class: 'stop_recipient'}},
    ],
    [
      'a request it does not take',
      error(400, [['instance requires property "text"']]),
      {outcome: 'refused', error: {class: 'fix_request', details: 'instance requires property "text"'}},
    ],
    [
      'a closed connection',
      error(400, ['Error: Connection Closed']),
      {outcome: 'refused', error: {code: 'disconnected', class: 'retry_later', slows: 'lane'}},
    ],
    ['a time-out inside the server', error(400, ['Error: Timed Out']), {outcome: 'unknown'}],
    [
      'a wrong key',
      error(401, 'Unauthorized'),
      {outcome: 'refused', error: {class: 'stop_lane', details: 'Unauthorized'}},
    ],
    [
      'an unknown instance',
      error(404, ['The "x" instance does not exist']),
      {outcome: 'refused', error: {class: 'stop_lane'}},
    ],
    ['a file too large', {status: 413, body: 'too large'}, {outcome: 'refused', error: {class: 'fix_request'}}],
    [
      'too many calls',
      {status: 429, headers: {'retry-after': '3'}, body: ''},
      {outcome: 'refused', error: {class: 'retry_later', retryAfterMs: 3000}},
    ],
    ['its own error', error(500, ['boom']), {outcome: 'unknown', error: {details: 'boom'}}],
    ['a proxy without server', {status: 502, body: '<html>'}, {outcome: 'unknown'}],
    [
      'an error with status 200',
      {status: 200, body: {error: true, message: 'broken'}},
      {outcome: 'refused', error: {details: 'broken'}},
    ],
    ['201 that cannot be read', {status: 201, body: '<html>'}, {outcome: 'unknown', error: {code: 'bad_answer'}}],
    ['201 without an id', {status: 201, body: {key: {}}}, {outcome: 'unknown'}],
    [
      'a redirect',
      {status: 301, headers: {location: '/x'}, body: ''},
      {outcome: 'refused', error: {class: 'stop_lane'}},
    ],
  ])('%s', async (_title, answer, expected) => {
    expect(await resultOf(answer)).toMatchObject(expected)
  })

  it('a connection cut after the request leaves it unknown; a refused one is surely not taken', async () => {
    expect(await resultOf(undefined)).toMatchObject({outcome: 'unknown', error: {code: 'reset'}})
    const gone = await serveBytes(() => {})
    await gone[Symbol.asyncDispose]()
    const result = await evolution.send(message(hello), accountAt(gone.url), http)
    expect(result).toMatchObject({outcome: 'refused', error: {code: 'connect', class: 'retry_after'}})
  })
})

describe('read marks', () => {
  it('marks one message, and shows typing when asked', async () => {
    await using server = await recordingServer(() => ({status: 201, body: {read: 'success'}}))
    await evolution.markRead('3A00', to, accountAt(server.url), http)
    await evolution.markRead('3A01', {kind: 'phone', value: '5511'}, accountAt(server.url), http, true)
    expect(server.requests.map(({url, json}) => [url, json])).toEqual([
      ['/chat/markMessageAsRead/provedor%20demo', {readMessages: [{remoteJid: to.value, fromMe: false, id: '3A00'}]}],
      [
        '/chat/markMessageAsRead/provedor%20demo',
        {readMessages: [{remoteJid: '5511@s.whatsapp.net', fromMe: false, id: '3A01'}]},
      ],
      ['/chat/sendPresence/provedor%20demo', {number: '5511', presence: 'composing', delay: 1500}],
    ])
  })
})

describe('media', () => {
  it('reads a file of ours into the message', async () => {
    const path = join(folder, 'a.bin')
    writeFileSync(path, 'ABC')
    expect(await evolution.uploadMedia({path, mimeType: 'text/plain'}, accountAt('http://127.0.0.1:1'), http)).toEqual({
      id: 'QUJD',
    })
  })

  it('takes the bytes that came with the webhook without a call', async () => {
    const media = {base64: 'data:image/png;base64,QUJD', mime_type: 'image/png'}
    const fetched = await evolution.fetchMedia(media, '3A00', accountAt('http://127.0.0.1:1'), http)
    expect(fetched).toEqual({bytes: Buffer.from('ABC'), mimeType: 'image/png'})
  })

  it('asks the server for the rest', async () => {
    await using server = await recordingServer(() => ({status: 201, body: {base64: 'QUJD', mimetype: 'audio/ogg'}}))
    const fetched = await evolution.fetchMedia({}, '3A00', accountAt(server.url), http)
    expect(fetched).toEqual({bytes: Buffer.from('ABC'), mimeType: 'audio/ogg'})
    expect(server.requests[0]).toMatchObject({
      url: '/chat/getBase64FromMediaMessage/provedor%20demo',
      json: {message: {key: {id: '3A00'}}, convertToMp4: false},
    })
  })

  it('says when the server does not have it', async () => {
    await using server = await recordingServer(() => ({status: 201, body: {}}))
    await expect(evolution.fetchMedia({}, '3A00', accountAt(server.url), http)).rejects.toMatchObject({
      provider: {code: 'no_media'},
    })
  })

  it('has no templates', async () => {
    expect(await evolution.listTemplates(accountAt('http://127.0.0.1:1'), http)).toEqual([])
  })
})
