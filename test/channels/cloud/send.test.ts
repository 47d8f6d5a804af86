import {afterAll, describe, expect, it} from 'vitest'
import {systemClock} from '../../../src/base/clock.ts'
import {createHttp} from '../../../src/base/http.ts'
import type {Content, Identity} from '../../../src/base/message.ts'
import type {Account, OutboundMessage} from '../../../src/channels/channel.ts'
import {cloud} from '../../../src/channels/cloud/channel.ts'
import {serveBytes} from '../../support/http-server.ts'
import {recordingServer, type Answer} from '../../support/recording-server.ts'

const http = createHttp({clock: systemClock})
afterAll(() => http.close())

const accountAt = (apiUrl: string): Account => ({
  configId: 'c',
  tenantId: 't',
  apiType: 'official',
  phoneNumber: '+15550100001',
  phoneNumberId: '1001',
  businessAccountId: '2002',
  accessToken: 'TOKEN',
  apiUrl,
  allowPrivateNetwork: true,
})

const accepted = {
  messages: [{id: 'wamid.1', message_status: 'accepted'}],
  contacts: [{input: '+554799990001', wa_id: '554799990001'}],
}

const to: Identity = {kind: 'wa_id', value: '554799990001'}
const message = (content: Content, more: Partial<OutboundMessage> = {}): OutboundMessage => ({
  to,
  content,
  callbackData: 'm1.1',
  ...more,
})
const hello: Content = {kind: 'text', text: 'oi'}

async function sent(outbound: OutboundMessage) {
  await using server = await recordingServer(() => ({body: accepted}))
  const result = await cloud.send(outbound, accountAt(server.url), http)
  return {result, request: server.requests[0]}
}

async function resultOf(answer: Answer | undefined) {
  await using server = await recordingServer(() => answer)
  return await cloud.send(message(hello), accountAt(server.url), http)
}

describe('on the wire', () => {
  it('goes to the number id with token, version and callback data, once', async () => {
    const {result, request} = await sent(message(hello, {replyTo: 'wamid.0'}))
    expect(request).toMatchObject({method: 'POST', url: '/v25.0/1001/messages'})
    expect(request?.headers).toMatchObject({
      authorization: 'Bearer TOKEN',
      'content-type': 'application/json',
      'user-agent': 'pytake',
    })
    expect(request?.json).toEqual({
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: '+554799990001',
      type: 'text',
      text: {body: 'oi'},
      biz_opaque_callback_data: 'm1.1',
      context: {message_id: 'wamid.0'},
    })
    expect(result).toEqual({
      outcome: 'accepted',
      providerId: 'wamid.1',
      identities: [
        {kind: 'wa_id', value: '554799990001'},
        {kind: 'phone', value: '5547999990001'},
      ],
    })
  })

  it.each<[Identity, Record<string, string>]>([
    [{kind: 'phone', value: '5547999990001'}, {to: '+5547999990001'}],
    [{kind: 'phone', value: '+5547999990001'}, {to: '+5547999990001'}],
    [{kind: 'bsuid', value: 'BR.1', scope: 'W'}, {recipient: 'BR.1'}],
    [{kind: 'parent_bsuid', value: 'BR.ENT.1', scope: 'W'}, {recipient: 'BR.ENT.1'}],
    [{kind: 'jid', value: '554799990001@s.whatsapp.net'}, {to: '+554799990001'}],
  ])('addresses %o', async (identity, address) => {
    const {request} = await sent(message(hello, {to: identity}))
    expect(request?.json).toMatchObject(address)
    const {to: number, recipient} = request?.json as Record<string, unknown>
    expect([number, recipient].filter(Boolean)).toHaveLength(1)
  })

  it('refuses a person who can only be reached on the other channel, without a call', async () => {
    const {result, request} = await sent(message(hello, {to: {kind: 'lid', value: '1'}}))
    expect(request).toBeUndefined()
    expect(result).toMatchObject({outcome: 'refused', error: {class: 'stop_recipient'}})
  })

  it('refuses a file that has not been uploaded, without a call', async () => {
    const media = {sha256: 'a'.repeat(64), mime_type: 'image/png'}
    const {result, request} = await sent(message({kind: 'image', media}))
    expect(request).toBeUndefined()
    expect(result).toMatchObject({outcome: 'refused', error: {code: 'not_uploaded'}})
  })

  it('says when Meta holds a template back', async () => {
    const body = {messages: [{id: 'wamid.1', message_status: 'held_for_quality_assessment'}]}
    expect(await resultOf({body})).toEqual({outcome: 'accepted', providerId: 'wamid.1', identities: [], held: true})
  })
})

const options = [
  {id: 'f/n/0', title: 'Suporte'},
  {id: 'f/n/1', title: 'Vendas'},
]

const bodies: [Content, Record<string, unknown>][] = [
  [
    {kind: 'text', text: 'veja https://a.example', preview_url: true},
    {type: 'text', text: {body: 'veja https://a.example', preview_url: true}},
  ],
  [
    {kind: 'image', media: {link: 'https://a.example/i.png'}, caption: 'c'},
    {type: 'image', image: {link: 'https://a.example/i.png', caption: 'c'}},
  ],
  [
    {kind: 'document', media: {id: '9'}, filename: 'a.pdf', caption: 'c'},
    {type: 'document', document: {id: '9', filename: 'a.pdf', caption: 'c'}},
  ],
  [
    {kind: 'audio', media: {id: '9'}, voice: true},
    {type: 'audio', audio: {id: '9', voice: true}},
  ],
  [
    {kind: 'video', media: {id: '9'}},
    {type: 'video', video: {id: '9'}},
  ],
  [
    {kind: 'sticker', media: {id: '9'}},
    {type: 'sticker', sticker: {id: '9'}},
  ],
  [
    {kind: 'location', latitude: -26.3, longitude: -48.8, name: 'Loja'},
    {type: 'location', location: {latitude: '-26.3', longitude: '-48.8', name: 'Loja'}},
  ],
  [
    {kind: 'contacts', contacts: [{name: {formatted_name: 'Ana B', first_name: 'Ana'}, phones: [{phone: '+1'}]}]},
    {type: 'contacts', contacts: [{name: {formatted_name: 'Ana B', first_name: 'Ana'}, phones: [{phone: '+1'}]}]},
  ],
  [
    {kind: 'reaction', message_id: 'wamid.9', emoji: '👍'},
    {type: 'reaction', reaction: {message_id: 'wamid.9', emoji: '👍'}},
  ],
  [
    {kind: 'buttons', text: 'Como ajudar?', buttons: options, header: {text: 'Olá'}, footer: 'Equipe'},
    {
      type: 'interactive',
      interactive: {
        type: 'button',
        header: {type: 'text', text: 'Olá'},
        body: {text: 'Como ajudar?'},
        footer: {text: 'Equipe'},
        action: {
          buttons: [
            {type: 'reply', reply: {id: 'f/n/0', title: 'Suporte'}},
            {type: 'reply', reply: {id: 'f/n/1', title: 'Vendas'}},
          ],
        },
      },
    },
  ],
  [
    {
      kind: 'buttons',
      text: 'Veja',
      buttons: options.slice(0, 1),
      header: {kind: 'document', media: {id: '9'}, filename: 'a.pdf'},
    },
    {
      type: 'interactive',
      interactive: {
        type: 'button',
        header: {type: 'document', document: {id: '9', filename: 'a.pdf'}},
        body: {text: 'Veja'},
        action: {buttons: [{type: 'reply', reply: {id: 'f/n/0', title: 'Suporte'}}]},
      },
    },
  ],
  [
    {kind: 'list', text: 'Escolha', button: 'Abrir', sections: [{title: 'Setores', rows: options}]},
    {
      type: 'interactive',
      interactive: {
        type: 'list',
        body: {text: 'Escolha'},
        action: {button: 'Abrir', sections: [{title: 'Setores', rows: options}]},
      },
    },
  ],
  [
    {kind: 'cta_url', text: 'Pague', display_text: 'Abrir', url: 'https://a.example/b'},
    {
      type: 'interactive',
      interactive: {
        type: 'cta_url',
        body: {text: 'Pague'},
        action: {name: 'cta_url', parameters: {display_text: 'Abrir', url: 'https://a.example/b'}},
      },
    },
  ],
  [
    {kind: 'template', name: 'hello', language: 'pt_BR'},
    {type: 'template', template: {name: 'hello', language: {code: 'pt_BR'}}},
  ],
  [
    {
      kind: 'template',
      name: 'order',
      language: 'en_US',
      header: {text: 'Pablo'},
      body: ['A1', 'B2'],
      buttons: [
        {index: 0, type: 'quick_reply', value: 'STOP'},
        {index: 1, type: 'url', value: 'abc'},
        {index: 2, type: 'copy_code', value: 'SAVE10'},
        {index: 3, type: 'flow', value: 'token'},
        {index: 4, type: 'catalog', value: 'sku'},
      ],
    },
    {
      type: 'template',
      template: {
        name: 'order',
        language: {code: 'en_US'},
        components: [
          {type: 'header', parameters: [{type: 'text', text: 'Pablo'}]},
          {
            type: 'body',
            parameters: [
              {type: 'text', text: 'A1'},
              {type: 'text', text: 'B2'},
            ],
          },
          {type: 'button', sub_type: 'quick_reply', index: '0', parameters: [{type: 'payload', payload: 'STOP'}]},
          {type: 'button', sub_type: 'url', index: '1', parameters: [{type: 'text', text: 'abc'}]},
          {
            type: 'button',
            sub_type: 'copy_code',
            index: '2',
            parameters: [{type: 'coupon_code', coupon_code: 'SAVE10'}],
          },
          {type: 'button', sub_type: 'flow', index: '3', parameters: [{type: 'action', action: {flow_token: 'token'}}]},
          {
            type: 'button',
            sub_type: 'catalog',
            index: '4',
            parameters: [{type: 'action', action: {thumbnail_product_retailer_id: 'sku'}}],
          },
        ],
      },
    },
  ],
  [
    {
      kind: 'template',
      name: 'order',
      language: 'en_US',
      header: {kind: 'image', media: {link: 'https://a.example/i.png'}},
      body: {first_name: 'Ana'},
    },
    {
      type: 'template',
      template: {
        name: 'order',
        language: {code: 'en_US'},
        components: [
          {type: 'header', parameters: [{type: 'image', image: {link: 'https://a.example/i.png'}}]},
          {type: 'body', parameters: [{type: 'text', parameter_name: 'first_name', text: 'Ana'}]},
        ],
      },
    },
  ],
]

describe('every kind of content', () => {
  it.each(bodies)('%o', async (content, expected) => {
    const {request} = await sent(message(content))
    expect(request?.json).toEqual({
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: '+554799990001',
      biz_opaque_callback_data: 'm1.1',
      ...expected,
    })
  })

  it('a reaction quotes nothing', async () => {
    const {request} = await sent(message({kind: 'reaction', message_id: 'wamid.9', emoji: ''}, {replyTo: 'wamid.0'}))
    expect(request?.json).not.toHaveProperty('context')
  })
})

describe('what became of it', () => {
  const error = (code: number, more = {}) => ({error: {message: 'no', type: 'OAuthException', code, ...more}})

  it.each<[string, Answer, Record<string, unknown>]>([
    ['an error of Meta', {status: 400, body: error(131047)}, {outcome: 'refused', error: {code: '131047'}}],
    [
      'a rate limit',
      {status: 429, body: error(130429)},
      {outcome: 'refused', error: {class: 'retry_after', slows: 'lane'}},
    ],
    [
      'a rate limit that says how long',
      {status: 429, headers: {'retry-after': '7'}, body: error(130429)},
      {outcome: 'refused', error: {retryAfterMs: 7000}},
    ],
    [
      'an error of Meta with status 500',
      {status: 500, body: error(131016)},
      {outcome: 'refused', error: {class: 'retry_after'}},
    ],
    [
      'a passing error of unknown code',
      {status: 400, body: error(999, {is_transient: true})},
      {outcome: 'refused', error: {class: 'retry_after'}},
    ],
    [
      'an unknown code',
      {status: 400, body: error(999)},
      {outcome: 'refused', error: {class: 'fix_request', code: '999'}},
    ],
    [
      'an error with status 200',
      {status: 200, body: error(131026)},
      {outcome: 'refused', error: {class: 'stop_recipient'}},
    ],
    ['500 without JSON', {status: 500, body: 'oops'}, {outcome: 'unknown', error: {code: 'bad_answer'}}],
    ['502 of a proxy', {status: 502, body: '<html>'}, {outcome: 'unknown'}],
    ['408', {status: 408, body: ''}, {outcome: 'unknown'}],
    ['404 of a proxy', {status: 404, body: '<html>'}, {outcome: 'refused', error: {class: 'stop_lane'}}],
    ['429 of a proxy', {status: 429, body: 'slow'}, {outcome: 'refused', error: {class: 'retry_later', slows: 'lane'}}],
    ['a redirect', {status: 302, headers: {location: 'https://other.example/'}, body: ''}, {outcome: 'refused'}],
    [
      '200 that cannot be read',
      {status: 200, body: '<html>ok</html>'},
      {outcome: 'unknown', error: {code: 'bad_answer'}},
    ],
    ['200 with nothing', {status: 200, body: ''}, {outcome: 'unknown'}],
    ['200 without an id', {status: 200, body: {messages: [{}]}}, {outcome: 'unknown', error: {class: 'unknown'}}],
  ])('%s', async (_title, answer, expected) => {
    expect(await resultOf(answer)).toMatchObject(expected)
  })

  it('a connection cut after the request leaves it unknown', async () => {
    expect(await resultOf(undefined)).toMatchObject({outcome: 'unknown', error: {code: 'reset', class: 'unknown'}})
  })

  it('a refused connection is surely not taken', async () => {
    const server = await serveBytes(() => {})
    await server[Symbol.asyncDispose]()
    const result = await cloud.send(message(hello), accountAt(server.url), http)
    expect(result).toMatchObject({outcome: 'refused', error: {code: 'connect', class: 'retry_after'}})
  })

  it('a private address without permission stops the lane', async () => {
    const account = {...accountAt('http://127.0.0.1:1'), allowPrivateNetwork: false}
    expect(await cloud.send(message(hello), account, http)).toMatchObject({
      outcome: 'refused',
      error: {code: 'blocked', class: 'stop_lane'},
    })
  })
})

describe('read marks', () => {
  it.each([
    [false, {messaging_product: 'whatsapp', status: 'read', message_id: 'wamid.9'}],
    [true, {messaging_product: 'whatsapp', status: 'read', message_id: 'wamid.9', typing_indicator: {type: 'text'}}],
  ])('typing %s', async (typing, body) => {
    await using server = await recordingServer(() => ({body: {success: true}}))
    await cloud.markRead('wamid.9', to, accountAt(server.url), http, typing)
    expect(server.requests).toMatchObject([{method: 'POST', url: '/v25.0/1001/messages', json: body}])
  })

  it('throws what Meta refused', async () => {
    await using server = await recordingServer(() => ({status: 400, body: error100}))
    await expect(cloud.markRead('wamid.9', to, accountAt(server.url), http)).rejects.toMatchObject({
      name: 'ChannelError',
      provider: {code: '100', details: 'bad id'},
    })
  })
})

const error100 = {error: {message: '(#100) Invalid parameter', code: 100, error_data: {details: 'bad id'}}}
