import {describe, expect, it} from 'vitest'
import {graph, PNID, rig, TOKEN, WABA, type Wire} from './rig.ts'

const to = '+5511987650001'
const long = (length: number) => 'x'.repeat(length)
const reply = (id: string, title: string) => ({type: 'reply', reply: {id, title}})
const buttons = (...all: unknown[]) => ({type: 'button', body: {text: 'Escolha'}, action: {buttons: all}})
const list = (...sections: unknown[]) => ({type: 'list', body: {text: 'Escolha'}, action: {button: 'Abrir', sections}})
const rows = (count: number, from = 0) =>
  Array.from({length: count}, (_, index) => ({id: `r${from + index}`, title: `Linha ${from + index}`}))
const interactive = (value: unknown) => ({type: 'interactive', interactive: value})
const cta = (more: Record<string, unknown> = {}) => ({
  ...{type: 'cta_url', body: {text: 'Veja'}},
  action: {name: 'cta_url', parameters: {display_text: 'Abrir', url: 'https://example.com/a', ...more}},
})

const templates = [
  {name: 'pedido', language: 'pt_BR', components: [{type: 'BODY', text: 'Olá {{1}}, pedido {{2}}'}]},
  {name: 'nomes', language: 'pt_BR', components: [{type: 'BODY', text: 'Olá {{nome}}, pedido {{pedido}}'}]},
  {
    name: 'foto',
    language: 'pt_BR',
    components: [
      {type: 'HEADER', format: 'IMAGE'},
      {type: 'BODY', text: 'Veja'},
    ],
  },
  {
    name: 'botoes',
    language: 'pt_BR',
    components: [
      {type: 'BODY', text: 'Quer?'},
      {
        type: 'BUTTONS',
        buttons: [
          {type: 'QUICK_REPLY', text: 'Sim'},
          {type: 'URL', text: 'Abrir', url: 'https://example.com/{{1}}'},
        ],
      },
    ],
  },
  {name: 'codigo', language: 'pt_BR', category: 'AUTHENTICATION', components: [{type: 'BODY', text: 'Código {{1}}'}]},
  {name: 'pausado', language: 'pt_BR', status: 'PAUSED', components: [{type: 'BODY', text: 'x'}]},
  {name: 'desligado', language: 'pt_BR', status: 'DISABLED', components: [{type: 'BODY', text: 'x'}]},
  {name: 'pendente', language: 'pt_BR', status: 'PENDING', components: [{type: 'BODY', text: 'x'}]},
]
const template = (name: string, components?: unknown, code = 'pt_BR') => ({
  type: 'template',
  template: {name, language: {code}, ...(components === undefined ? {} : {components})},
})
const body = (...parameters: unknown[]) => [{type: 'body', parameters}]
const word = (value: string, name?: string) => ({type: 'text', text: value, ...(name ? {parameter_name: name} : {})})
const urlButton = {type: 'button', sub_type: 'url', index: '1', parameters: [word('abc')]}

/** [what, message without envelope, code it is refused with] */
const refused: [string, Record<string, unknown>, number][] = [
  ['no text object', {type: 'text'}, 131008],
  ['no body', {type: 'text', text: {}}, 131008],
  ['an empty body', {type: 'text', text: {body: ''}}, 100],
  ['a blank body', {type: 'text', text: {body: '  '}}, 131008],
  ['4097 characters', {type: 'text', text: {body: long(4097)}}, 100],
  ['a body that is no text', {type: 'text', text: {body: 5}}, 100],
  ['a key text does not have', {type: 'text', text: {body: 'a', buttons: []}}, 100],
  ['a key the envelope does not have', {type: 'text', text: {body: 'a'}, campaign: 1}, 100],
  ['an unknown type', {type: 'hologram', hologram: {}}, 131051],
  ['callback data over 512', {type: 'text', text: {body: 'a'}, biz_opaque_callback_data: long(513)}, 100],
  ['a context without id', {type: 'text', text: {body: 'a'}, context: {}}, 131008],
  ['a group', {recipient_type: 'group', type: 'text', text: {body: 'a'}}, 100],
  ['media without id and link', {type: 'image', image: {caption: 'a'}}, 131008],
  ['media with id and link', {type: 'image', image: {id: '1', link: 'https://example.com/a.png'}}, 100],
  ['a media id nobody uploaded', {type: 'image', image: {id: '123456'}}, 100],
  ['a link that is none', {type: 'image', image: {link: 'ftp://example.com/a'}}, 100],
  ['a caption over 1024', {type: 'image', image: {link: 'https://example.com/a.png', caption: long(1025)}}, 100],
  ['a caption on audio', {type: 'audio', audio: {link: 'https://example.com/a.ogg', caption: 'a'}}, 100],
  ['a caption on a sticker', {type: 'sticker', sticker: {link: 'https://example.com/a.webp', caption: 'a'}}, 100],
  ['no longitude', {type: 'location', location: {latitude: 1}}, 131008],
  ['a latitude off the earth', {type: 'location', location: {latitude: 91, longitude: 0}}, 131009],
  ['a reaction without target', {type: 'reaction', reaction: {emoji: '👍'}}, 131008],
  ['a reaction to no message id', {type: 'reaction', reaction: {message_id: '1', emoji: '👍'}}, 131009],
  ['a reaction that is no emoji', {type: 'reaction', reaction: {message_id: 'wamid.a', emoji: 'ok'}}, 131009],
  [
    'a reaction with a context',
    {type: 'reaction', reaction: {message_id: 'wamid.a', emoji: ''}, context: {message_id: 'wamid.b'}},
    100,
  ],
  ['no contacts', {type: 'contacts', contacts: []}, 131009],
  ['258 contacts', {type: 'contacts', contacts: Array.from({length: 258}, () => ({}))}, 131009],
  ['a contact with a formatted name only', {type: 'contacts', contacts: [{name: {formatted_name: 'A'}}]}, 100],
  ['an unknown interactive type', interactive({type: 'poll'}), 100],
  ['no buttons', interactive(buttons()), 131009],
  ['4 buttons', interactive(buttons(...['a', 'b', 'c', 'd'].map((id) => reply(id, id)))), 131009],
  ['a button title of 21', interactive(buttons(reply('a', long(21)))), 131009],
  ['an empty button title', interactive(buttons(reply('a', ''))), 131009],
  ['a button id of 257', interactive(buttons(reply(long(257), 'a'))), 131009],
  ['two equal titles', interactive(buttons(reply('a', 'Sim'), reply('b', 'Sim'))), 131009],
  ['two equal ids', interactive(buttons(reply('a', 'Sim'), reply('a', 'Não'))), 131009],
  ['no interactive body', interactive({type: 'button', action: {buttons: [reply('a', 'a')]}}), 131008],
  ['an interactive body of 1025', interactive({...buttons(reply('a', 'a')), body: {text: long(1025)}}), 131009],
  ['a footer of 61', interactive({...buttons(reply('a', 'a')), footer: {text: long(61)}}), 131009],
  ['a header of 61', interactive({...buttons(reply('a', 'a')), header: {type: 'text', text: long(61)}}), 131009],
  [
    'an image header on a list',
    interactive({...list({rows: rows(1)}), header: {type: 'image', image: {link: 'https://example.com/a.png'}}}),
    131009,
  ],
  [
    'a list label of 21',
    interactive({...list({rows: rows(1)}), action: {button: long(21), sections: [{rows: rows(1)}]}}),
    131009,
  ],
  ['11 rows in all', interactive(list({title: 'A', rows: rows(6)}, {title: 'B', rows: rows(5, 6)})), 131009],
  ['11 sections', interactive(list(...rows(11).map((row) => ({title: row.title, rows: [row]})))), 131009],
  ['two sections, one without title', interactive(list({title: 'A', rows: rows(1)}, {rows: rows(1, 1)})), 131008],
  ['a section title of 25', interactive(list({title: long(25), rows: rows(1)})), 131009],
  ['a row title of 25', interactive(list({rows: [{id: 'a', title: long(25)}]})), 131009],
  ['a row description of 73', interactive(list({rows: [{id: 'a', title: 'a', description: long(73)}]})), 131009],
  ['a row id of 201', interactive(list({rows: [{id: long(201), title: 'a'}]})), 131009],
  ['two equal row ids', interactive(list({rows: [...rows(1), ...rows(1)]})), 131009],
  ['a cta label of 21', interactive(cta({display_text: long(21)})), 131009],
  ['a cta without url', interactive(cta({url: undefined})), 131008],
  ['no template name', {type: 'template', template: {language: {code: 'pt_BR'}}}, 131008],
  ['no language', {type: 'template', template: {name: 'pedido'}}, 131008],
  ['an unknown template', template('nada'), 132001],
  ['another language', template('pedido', body(word('a'), word('b')), 'en_US'), 132001],
  ['a pending template', template('pendente'), 132001],
  ['a paused template', template('pausado'), 132015],
  ['a disabled template', template('desligado'), 132016],
  ['no parameters', template('pedido'), 132000],
  ['one parameter of two', template('pedido', body(word('a'))), 132000],
  ['three parameters of two', template('pedido', body(word('a'), word('b'), word('c'))), 132000],
  ['an image for a text', template('pedido', body(word('a'), {type: 'image', image: {}})), 132012],
  ['an empty parameter', template('pedido', body(word('a'), word(''))), 131008],
  ['a line break in a parameter', template('pedido', body(word('a'), word('b\nc'))), 132018],
  ['five spaces in a parameter', template('pedido', body(word('a'), word('b     c'))), 132018],
  ['a filled text over 1024', template('pedido', body(word('a'), word(long(1024)))), 132005],
  ['named parameters without names', template('nomes', body(word('a'), word('b'))), 100],
  ['a name the template does not have', template('nomes', body(word('a', 'nome'), word('b', 'valor'))), 132000],
  ['the same name twice', template('nomes', body(word('a', 'nome'), word('b', 'nome'))), 132000],
  ['a media header left out', template('foto'), 132000],
  ['a text for a media header', template('foto', [{type: 'header', parameters: [word('a')]}]), 132012],
  ['a url button without its suffix', template('botoes'), 131008],
  ['a payload for a url button', template('botoes', [{...urlButton, sub_type: 'quick_reply'}]), 132012],
  ['a button the template does not have', template('botoes', [urlButton, {...urlButton, index: '2'}]), 132012],
  [
    'a payload of 257',
    template('botoes', [
      urlButton,
      {type: 'button', sub_type: 'quick_reply', index: 0, parameters: [{type: 'payload', payload: long(257)}]},
    ]),
    100,
  ],
  ['an unknown component', template('pedido', [{type: 'footer'}]), 100],
]

const taken: [string, Record<string, unknown>][] = [
  ['4096 characters', {type: 'text', text: {body: long(4096), preview_url: true}}],
  ['no type at all', {text: {body: 'a'}}],
  ['callback data of 512', {type: 'text', text: {body: 'a'}, biz_opaque_callback_data: long(512)}],
  ['a quoted reply', {type: 'text', text: {body: 'a'}, context: {message_id: 'wamid.abc'}}],
  ['an image by link', {type: 'image', image: {link: 'https://example.com/a.png', caption: long(1024)}}],
  [
    'a document with a name',
    {type: 'document', document: {link: 'https://example.com/a.pdf', filename: 'a.pdf', caption: 'a'}},
  ],
  ['coordinates as text', {type: 'location', location: {latitude: '-26.3', longitude: '-48.8'}}],
  ['a reaction taken back', {type: 'reaction', reaction: {message_id: 'wamid.abc', emoji: ''}}],
  [
    'a contact',
    {type: 'contacts', contacts: [{name: {formatted_name: 'A B', first_name: 'A'}, phones: [{phone: '+551'}]}]},
  ],
  [
    '3 buttons of 20',
    interactive({...buttons(...['a', 'b', 'c'].map((id) => reply(id, id.repeat(20)))), footer: {text: long(60)}}),
  ],
  ['10 rows in two sections', interactive(list({title: long(24), rows: rows(5)}, {title: 'B', rows: rows(5, 5)}))],
  ['a list body of 4096', interactive({...list({rows: rows(1)}), body: {text: long(4096)}})],
  ['a cta', interactive(cta())],
  [
    'a location request',
    interactive({type: 'location_request_message', body: {text: 'Onde?'}, action: {name: 'send_location'}}),
  ],
  ['a template', template('pedido', body(word('Ana'), word('77')))],
  ['named parameters in any order', template('nomes', body(word('77', 'pedido'), word('Ana', 'nome')))],
  [
    'a media header',
    template('foto', [{type: 'header', parameters: [{type: 'image', image: {link: 'https://example.com/a.png'}}]}]),
  ],
  ['buttons by number index', template('botoes', [{...urlButton, index: 1}])],
]

describe('what is sent', () => {
  it.each(refused)('refuses %s', async (_what, message, code) => {
    await using r = await rig({number: {templates}})
    const {status, body: answer} = await r.send({to, ...message})
    expect(answer.error?.code).toBe(code)
    expect(status).toBe(code === 132001 ? 404 : 400)
    expect(answer.error).toMatchObject({type: 'OAuthException', fbtrace_id: expect.any(String)})
    expect(answer.error.message).toMatch(new RegExp(`^\\(#${code}\\) `))
    expect(r.sandbox.stats()).toMatchObject({accepted: 0, refused: 1})
  })

  it.each(taken)('takes %s', async (_what, message) => {
    await using r = await rig({number: {templates}})
    expect(await r.send({to, ...message})).toMatchObject({status: 200, body: {messaging_product: 'whatsapp'}})
  })

  it.each([
    ['nobody', {}, 131008],
    ['letters', {to: 'maria'}, 131009],
    ['too few digits', {to: '12345'}, 131009],
    ['the number itself', {to: '+55 (11) 4000-0001'}, 131021],
    ['a user id that is none', {recipient: '123'}, 131009],
  ])('refuses to write to %s', async (_who, address, code) => {
    await using r = await rig()
    const {body: answer} = await r.send({...address, type: 'text', text: {body: 'a'}})
    expect(answer.error.code).toBe(code)
  })

  it('refuses a one-time code to a user id', async () => {
    await using r = await rig({number: {templates}})
    const {body: answer} = await r.send({recipient: 'BR.123456', ...template('codigo', body(word('1234')))})
    expect(answer.error.code).toBe(131062)
  })

  it('fills the template for the reader and offers its quick replies', async () => {
    await using r = await rig({number: {templates}})
    const ana = r.sandbox.customer({phone: to, name: 'Ana', via: PNID})
    await r.send({to, ...template('pedido', body(word('Ana'), word('77')))})
    await r.send({to, ...template('botoes', [urlButton])})
    await r.sandbox.idle()
    expect(ana.received.map((message) => message.text)).toEqual(['Olá Ana, pedido 77', 'Quer?'])
    ana.tap('Sim')
    await r.sandbox.idle()
    expect(r.hook.messages().at(-1)).toMatchObject({
      type: 'button',
      button: {payload: 'Sim', text: 'Sim'},
      context: {id: ana.received[1]?.id, from: '551140000001'},
    })
  })
})

describe('who asks', () => {
  const message = {messaging_product: 'whatsapp', to, type: 'text', text: {body: 'oi'}}
  const path = `/v25.0/${PNID}/messages`

  it.each([
    ['no token', path, undefined, 401, 104],
    ['a wrong token', path, 'nonsense', 401, 190],
    ['an id that is not there', '/v25.0/999/messages', TOKEN, 400, 100],
    ['a WABA in place of a number', `/v25.0/${WABA}/messages`, TOKEN, 400, 100],
    ["another one's number", '/v25.0/300/messages', TOKEN, 400, 100],
  ])('%s', async (_who, url, token, ...expected) => {
    await using r = await rig()
    r.sandbox.addNumber({
      ...{phoneNumberId: '300', wabaId: '301', displayPhone: '+551140000003', token: 'theirs'},
      ...{appSecret: 's', webhookUrl: r.hook.url},
    })
    const answer = await graph(r.sandbox, 'POST', url, {body: message, token})
    expect([answer.status, answer.body.error.code]).toEqual(expected)
  })

  it('says of a wrong id what Graph says', async () => {
    await using r = await rig()
    const {body: answer} = await graph(r.sandbox, 'POST', '/v25.0/999/messages', {body: message, token: TOKEN})
    expect(answer.error).toMatchObject({code: 100, error_subcode: 33, type: 'GraphMethodException'})
    expect(answer.error.message).toContain("Object with ID '999' does not exist")
  })

  it.each([
    ['no messaging_product', {to, type: 'text', text: {body: 'a'}}, 100],
    ['another product', {...message, messaging_product: 'telegram'}, 100],
    ['no JSON', '{"messaging_product', 100],
    ['a list', '[]', 100],
  ])('refuses %s', async (_what, raw: Wire, code) => {
    await using r = await rig()
    const answer = await graph(r.sandbox, 'POST', path, {body: raw, token: TOKEN})
    expect([answer.status, answer.body.error.code]).toEqual([400, code])
  })

  it('refuses a path Graph does not have', async () => {
    await using r = await rig()
    const answer = await r.graph('GET', `/v25.0/${PNID}/nothing`)
    expect(answer.body.error).toMatchObject({code: 2500, message: expect.stringContaining('Unknown path components')})
  })
})

describe('marks as read', () => {
  const mark = (id: string, more = {}) => ({status: 'read', message_id: id, ...more})

  it('shows the customer that it was read, and that we type', async () => {
    await using r = await rig()
    const ana = r.sandbox.customer({phone: to, name: 'Ana', via: PNID})
    const id = ana.say('oi')
    expect((await r.send(mark(id))).body).toEqual({success: true})
    expect((await r.send(mark(id, {typing_indicator: {type: 'text'}}))).body).toEqual({success: true})
    expect([ana.seenByBusiness, ana.typingShown]).toEqual([[id], 1])
    expect(r.sandbox.stats().accepted).toBe(0)
  })

  it.each([
    ['an id nobody sent', mark('wamid.nothing'), 131009],
    ['no id', {status: 'read'}, 131008],
    ['another status', {status: 'delivered', message_id: 'wamid.a'}, 100],
    ['another typing', mark('wamid.a', {typing_indicator: {type: 'audio'}}), 100],
    ['a key it does not have', mark('wamid.a', {to}), 100],
  ])('refuses %s', async (_what, message, code) => {
    await using r = await rig()
    expect((await r.send(message)).body.error.code).toBe(code)
  })
})
