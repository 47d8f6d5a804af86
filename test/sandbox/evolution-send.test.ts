import {describe, expect, it} from 'vitest'
import {fixture, KEY, MARIA, NAME, server} from './evolution-rig.ts'

describe('sending', () => {
  const to = '5547999990001'

  it('answers 201 pending with the account id, echoes, acknowledges and shows it', async () => {
    await using s = await server()
    const maria = s.sandbox.customer(MARIA)
    const {status, body} = await s.send('sendText', {number: '+55 (47) 99999-0001', text: 'Qual contrato?'})
    await s.sandbox.idle()
    const sample = fixture('send-message')
    expect(status).toBe(201)
    expect(Object.keys(body).sort()).toEqual(Object.keys(sample.data).sort())
    expect(body).toMatchObject({
      key: {remoteJid: '554799990001@s.whatsapp.net', fromMe: true},
      status: 'PENDING',
      message: {conversation: 'Qual contrato?'},
      messageType: 'conversation',
      messageTimestamp: expect.any(Number),
    })
    const [echo] = s.of('send.message')
    expect(Object.keys(echo).sort()).toEqual(Object.keys(sample).sort())
    expect(echo).toMatchObject({
      instance: NAME,
      sender: '554733330001@s.whatsapp.net',
      apikey: KEY,
      destination: s.hook.url,
    })
    expect(echo.data).toEqual(body)
    expect(s.of('messages.update').map(({data}) => [data.keyId, data.status])).toEqual(
      ['SERVER_ACK', 'DELIVERY_ACK', 'READ'].map((ack) => [body.key.id, ack]),
    )
    expect(Object.keys(s.of('messages.update')[0].data).sort()).toEqual(
      Object.keys(fixture('messages-update-server-ack').data).sort(),
    )
    expect(maria.received.map((message) => message.text)).toEqual(['Qual contrato?'])
  })

  it('says who is not on WhatsApp', async () => {
    await using s = await server()
    const {status, body} = await s.send('sendText', {number: '5547988887777', text: 'a'})
    expect([status, body.response.message]).toEqual([
      400,
      [{jid: '554788887777@s.whatsapp.net', exists: false, number: '5547988887777'}],
    ])
    expect(s.sandbox.stats()).toMatchObject({accepted: 0, refused: 1})
  })

  const row = {title: 'a', rowId: '1'}
  it.each([
    ['no number', 'sendText', {text: 'a'}, [['instance requires property "number"']]],
    ['no text', 'sendText', {number: to}, [['instance requires property "text"']]],
    ['an empty text', 'sendText', {number: to, text: ''}, [['instance.text does not meet minimum length of 1']]],
    [
      'media that is neither link nor base64',
      'sendMedia',
      {number: to, mediatype: 'image', media: 'x y'},
      ['Owned media must be a url or base64'],
    ],
    [
      'a base64 document without a name',
      'sendMedia',
      {number: to, mediatype: 'document', media: 'AAAA'},
      ['For base64 the file name must be informed.'],
    ],
    [
      'an unknown media type',
      'sendMedia',
      {number: to, mediatype: 'gif', media: 'AAAA'},
      [[expect.stringContaining('enum')]],
    ],
    [
      'a place without name',
      'sendLocation',
      {number: to, latitude: 1, longitude: 1, address: 'x'},
      [['instance requires property "name"']],
    ],
    [
      'two emojis',
      'sendReaction',
      {key: {id: 'A', remoteJid: `554799990001@s.whatsapp.net`}, reaction: '👍👍'},
      ['"reaction" must be a single emoji or empty string'],
    ],
    [
      'a poll with one value',
      'sendPoll',
      {number: to, name: 'a', selectableCount: 1, values: ['a']},
      [[expect.stringContaining('minimum length of 2')]],
    ],
    [
      'a list without footer',
      'sendList',
      {number: to, title: 'a', buttonText: 'b', sections: [{title: 'a', rows: [row]}]},
      [['instance requires property "footerText"']],
    ],
    [
      '4 reply buttons',
      'sendButtons',
      {
        number: to,
        title: 'a',
        buttons: Array.from({length: 4}, (_, id) => ({type: 'reply', displayText: 'a', id: `${id}`})),
      },
      ['Maximum of 3 reply buttons are allowed'],
    ],
  ])('refuses %s', async (_what, action, body, said) => {
    await using s = await server()
    s.sandbox.customer(MARIA)
    const answer = await s.send(action, body)
    expect(answer.status).toBe(400)
    expect(answer.body).toEqual({status: 400, error: 'Bad Request', response: {message: said}})
  })

  it.each([
    ['sendButtons', {title: 'Menu', buttons: [{type: 'reply', displayText: 'Sim', id: '1'}]}],
    ['sendList', {title: 'Menu', footerText: 'f', buttonText: 'b', sections: [{title: 'a', rows: [row]}]}],
  ])('%s answers 201 and never arrives', async (action, body) => {
    await using s = await server()
    const maria = s.sandbox.customer(MARIA)
    const answer = await s.send(action, {number: to, ...body})
    await s.sandbox.idle()
    expect([answer.status, answer.body.status]).toEqual([201, 'PENDING'])
    expect([maria.received.length, s.of('messages.update').length, s.of('send.message').length]).toEqual([0, 0, 1])
  })

  it.each([
    ['sendMedia', {mediatype: 'image', media: 'https://example.com/a.png', caption: 'Veja'}, 'imageMessage', 'Veja'],
    ['sendMedia', {mediatype: 'document', media: 'AAAA', fileName: 'a.pdf'}, 'documentMessage', 'a.pdf'],
    ['sendWhatsAppAudio', {audio: 'AAAA'}, 'audioMessage', ''],
    ['sendSticker', {sticker: 'https://example.com/a.webp'}, 'stickerMessage', ''],
    [
      'sendLocation',
      {latitude: 1, longitude: 2, name: 'Praça', address: 'Centro'},
      'locationMessage',
      'Praça · Centro',
    ],
    ['sendContact', {contact: [{fullName: 'Ana', phoneNumber: '551'}]}, 'contactMessage', 'Ana'],
    ['sendPoll', {name: 'Qual?', selectableCount: 1, values: ['a', 'b']}, 'pollCreationMessageV3', 'Qual?'],
  ])('%s arrives as %j', async (action, body, messageType, shown) => {
    await using s = await server()
    const maria = s.sandbox.customer(MARIA)
    const answer = await s.send(action, {number: to, ...body})
    await s.sandbox.idle()
    expect(answer.body.messageType).toBe(messageType)
    expect(maria.received.map((message) => message.text)).toEqual([shown])
  })

  it('fails every send while the connection is closed', async () => {
    await using s = await server({instance: {state: 'close'}})
    s.sandbox.customer(MARIA)
    const answer = await s.send('sendText', {number: to, text: 'a'})
    expect([answer.status, answer.body.response.message]).toEqual([400, ['Error: Connection Closed']])
  })

  it('drops an answer but not the message', async () => {
    await using s = await server({faults: ['POST /message/*: drop']})
    const maria = s.sandbox.customer(MARIA)
    await expect(s.send('sendText', {number: to, text: 'a'})).rejects.toThrow()
    await s.sandbox.idle()
    expect(maria.received).toHaveLength(1)
  })

  it('answers a fault in its own error shape', async () => {
    await using s = await server({faults: ['POST /message/*: 503']})
    const answer = await s.send('sendText', {number: to, text: 'a'})
    expect(answer).toEqual({
      status: 503,
      body: {status: 503, error: 'Service Unavailable', response: {message: ['Internal Server Error']}},
    })
  })
})
