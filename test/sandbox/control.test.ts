import {describe, expect, it} from 'vitest'
import {systemClock} from '../../src/base/clock.ts'
import {startSandbox} from '../../src/sandbox/sandbox.ts'
import {graph, PNID, receiver, rig, SECRET, seeded, text, TOKEN} from './rig.ts'

const ANA = {phone: '+5511987650001', name: 'Ana', via: PNID}

describe('driving the sandbox over HTTP', () => {
  it('adds numbers and people, makes them talk and tells what came of it', async () => {
    const hook = await receiver()
    await using r = await rig()
    const control = (method: string, path: string, body?: unknown) =>
      graph(r.sandbox, method, `/sandbox/${path}`, {body})
    const number = {
      phoneNumberId: '300',
      wabaId: '301',
      displayPhone: '+551140000003',
      token: 'theirs',
      appSecret: SECRET,
    }
    expect((await control('POST', 'numbers', {...number, webhookUrl: hook.url})).body).toEqual({ok: true})
    const people = [
      {phone: '+5511987650001', name: 'Ana', via: '300'},
      {phone: '+5547987650002', name: 'Bia', via: '300'},
    ]
    const added = await control('POST', 'customers', people)
    expect(added.body).toMatchObject([
      {waId: '5511987650001'},
      {waId: '554787650002', bsuid: expect.stringMatching(/^BR\./)},
    ])
    const said = await control('POST', 'say', [
      {phone: '+5511987650001', via: '300', text: 'oi'},
      {phone: '+5547987650002', via: '300', text: 'olá'},
    ])
    await control('GET', 'idle')
    expect(
      hook
        .messages()
        .map((message) => message.id)
        .sort(),
    ).toEqual(said.body.map(({id}: {id: string}) => id).sort())
    const sent = await graph(r.sandbox, 'POST', '/v25.0/300/messages', {
      body: {messaging_product: 'whatsapp', ...text('+5511987650001', 'Olá Ana'), biz_opaque_callback_data: 'm1.1'},
      token: 'theirs',
    })
    await control('GET', 'idle')
    const id = sent.body.messages[0].id
    expect((await control('GET', 'accepted?via=300&callbackData=m1.1')).body).toMatchObject([
      {id, account: '5511987650001'},
    ])
    expect((await control('GET', 'received?via=300&phone=5511987650001')).body).toMatchObject([{id, text: 'Olá Ana'}])
    expect((await control('GET', 'stats')).body).toMatchObject({said: 2, accepted: 1, received: 1, pending: 0})
    await hook.close()
  })

  it('taps what a message offers', async () => {
    await using r = await rig()
    const control = (method: string, path: string, body?: unknown) =>
      graph(r.sandbox, method, `/sandbox/${path}`, {body})
    await control('POST', 'customers', ANA)
    await control('POST', 'say', {phone: ANA.phone, via: PNID, text: 'oi'})
    const section = {rows: [{id: 'flow/menu/0', title: 'Boleto', description: 'Segunda via'}]}
    await r.send({
      ...{to: ANA.phone, type: 'interactive'},
      interactive: {type: 'list', body: {text: 'Menu'}, action: {button: 'Abrir', sections: [section]}},
    })
    await control('GET', 'idle')
    expect((await control('POST', 'say', {phone: ANA.phone, via: PNID, tap: 'Boleto'})).status).toBe(404)
    await control('POST', 'say', {phone: ANA.phone, via: PNID, pick: 'Boleto'})
    await control('GET', 'idle')
    expect(r.hook.messages().at(-1).interactive).toEqual({
      type: 'list_reply',
      list_reply: {id: 'flow/menu/0', title: 'Boleto', description: 'Segunda via'},
    })
  })

  it('sets faults, and refuses one it does not understand', async () => {
    await using r = await rig()
    const set = (faults: string[]) => graph(r.sandbox, 'PUT', '/sandbox/faults', {body: faults})
    await set(['POST */messages: 500'])
    expect((await graph(r.sandbox, 'GET', '/sandbox/faults', {})).body).toEqual(['POST */messages: 500'])
    expect((await r.send(text('+5511987650001', 'oi'))).status).toBe(500)
    const wrong = await set(['POST messages 500'])
    expect([wrong.status, wrong.body.error.code]).toEqual([422, 'VALIDATION_ERROR'])
    expect((await r.send(text('+5511987650001', 'oi'))).status).toBe(500)
  })

  it.each([
    ['GET', 'nothing', undefined, 404],
    ['POST', 'numbers', {phoneNumberId: '1'}, 422],
    ['POST', 'customers', {...ANA, via: 'nowhere'}, 404],
    ['POST', 'say', {phone: '+5511900000000', via: PNID, text: 'oi'}, 404],
    ['POST', 'statuses', {id: 'wamid.none', status: 'read'}, 404],
    ['POST', 'verify', {phoneNumberId: '999'}, 404],
  ])('%s %s with %j is %s', async (method, path, body, status) => {
    await using r = await rig()
    const answer = await graph(r.sandbox, method, `/sandbox/${path}`, {body, token: TOKEN})
    expect([answer.status, answer.body.error.message]).toEqual([status, expect.any(String)])
  })

  it('does the handshake and drives instances', async () => {
    await using r = await rig()
    const control = (path: string, body: unknown) => graph(r.sandbox, 'POST', `/sandbox/${path}`, {body})
    expect((await control('verify', {phoneNumberId: PNID})).body).toMatchObject({ok: true})
    await control('instances', {
      name: 'a',
      apiKey: 'k',
      ownerPhone: '+551140000002',
      webhookUrl: r.hook.url,
      state: 'close',
    })
    await control('scan', {instance: 'a'})
    await control('disconnect', {instance: 'a', reason: 401})
    await r.sandbox.idle()
    expect(r.hook.events().map((event) => event.event)).toEqual([
      'connection.update',
      'connection.update',
      'status.instance',
    ])
  })
})

it('says so when a port is taken, and leaves nothing open', async () => {
  await using r = await rig()
  const cloudPort = Number(new URL(r.sandbox.evolutionUrl).port)
  await expect(startSandbox({clock: systemClock, random: seeded(), cloudPort})).rejects.toThrow(
    `Port ${cloudPort} on 127.0.0.1 is taken by another program.`,
  )
})
