import {readFileSync} from 'node:fs'
import {describe, expect, it} from 'vitest'
import {metaJson, signatureOf} from '../../src/sandbox/cloud/signature.ts'
import {fakeClock, hmac, PNID, receiver, rig, SECRET, seeded, text, WABA} from './rig.ts'

const fixture = (name: string) => readFileSync(new URL(`../fixtures/whatsapp-webhooks/${name}`, import.meta.url))

describe('bodies and signatures', () => {
  it.each([
    ['raw-unicode-escaped.json', '5e863db4baaeda89f54c887d002b0169f876afb9755616d8818e8457d2568acf'],
    ['raw-compact-text.json', 'a0d7a4427bf6b4228241007a9320c9a60c9271f94b6fd55e972a8ccecf1dcdb9'],
    ['text.json', '49fba820413d4d1b549201033f504e45fa75bb92c09fee6cedfbbdf896de2a19'],
  ])('signs %s as the vector says', (name, hex) => {
    expect(signatureOf(fixture(name).toString('utf8'), SECRET)).toBe(`sha256=${hex}`)
  })

  it('writes JSON in the escaped form, byte for byte as the sample', () => {
    const sample = fixture('raw-unicode-escaped.json').toString('utf8')
    expect(metaJson(JSON.parse(sample))).toBe(sample)
  })

  it('signs the exact bytes it sends', async () => {
    await using r = await rig()
    r.sandbox.customer({phone: '+55 11 98765-0001', name: 'Zoë Müller', via: PNID}).say('olá a/b 🌵')
    await r.sandbox.idle()
    const [post] = r.hook.posts
    expect(post?.raw.toString()).toContain('ol\\u00e1 a\\/b \\ud83c\\udf35')
    expect(post?.headers['x-hub-signature-256']).toBe(hmac(post?.raw ?? Buffer.alloc(0), SECRET))
  })
})

describe('life of an accepted message', () => {
  it('answers with the account, then tells sent, delivered and read in order with our callback data', async () => {
    await using r = await rig()
    const maria = r.sandbox.customer({phone: '+5547999990001', name: 'Maria Souza', via: PNID})
    maria.say('oi')
    const sent = await r.send({...text('+55 47 99999-0001', 'Olá!'), biz_opaque_callback_data: 'm1.1'})
    await r.sandbox.idle()
    const id = sent.body.messages[0].id
    expect(sent.body).toEqual({
      messaging_product: 'whatsapp',
      contacts: [{input: '+55 47 99999-0001', wa_id: '554799990001'}],
      messages: [{id: expect.stringMatching(/^wamid\./)}],
    })
    expect(r.hook.statuses().map((s) => [s.id, s.status, s.recipient_id, s.biz_opaque_callback_data])).toEqual(
      ['sent', 'delivered', 'read'].map((status) => [id, status, '554799990001', 'm1.1']),
    )
    expect(r.hook.statuses()[0].pricing).toEqual({
      billable: false,
      pricing_model: 'PMP',
      type: 'free_customer_service',
      category: 'service',
    })
    expect(maria.received.map((m) => m.text)).toEqual(['Olá!'])
    expect(r.sandbox.accepted({to: '5547999990001'})).toMatchObject([
      {id, type: 'text', callbackData: 'm1.1', via: PNID},
    ])
  })

  it('keeps the statuses to itself when told so, and sends them on demand', async () => {
    await using r = await rig({autoStatuses: false, number: {enforceWindow: false}})
    r.sandbox.customer({phone: '5511987650001', name: 'Ana', via: PNID})
    const {body} = await r.send(text('+5511987650001', 'oi'))
    await r.sandbox.idle()
    expect(r.hook.statuses()).toEqual([])
    r.sandbox.status(body.messages[0].id, 'failed', 131049)
    await r.sandbox.idle()
    expect(r.hook.statuses()).toMatchObject([{status: 'failed', errors: [{code: 131049}]}])
  })

  it('has no read receipts where people switched them off', async () => {
    await using r = await rig({readReceipts: false, number: {enforceWindow: false}})
    r.sandbox.customer({phone: '5511987650001', name: 'Ana', via: PNID})
    await r.send(text('+5511987650001', 'oi'))
    await r.sandbox.idle()
    expect(r.hook.statuses().map((s) => s.status)).toEqual(['sent', 'delivered'])
  })
})

describe('who a webhook says it is', () => {
  it('gives phone and user id, in the shape of the sample', async () => {
    await using r = await rig()
    r.sandbox
      .customer({phone: '+15550100099', name: 'Test User', via: PNID, bsuid: 'US.10000000000000000001'})
      .say('Hello')
    await r.sandbox.idle()
    const [value] = r.hook.values()
    const sample = JSON.parse(fixture('text-bsuid-with-phone.json').toString()).entry[0].changes[0].value
    expect(Object.keys(value)).toEqual(Object.keys(sample))
    expect(value.contacts).toEqual(sample.contacts)
    expect(Object.keys(value.messages[0])).toEqual(Object.keys(sample.messages[0]))
    expect(value.messages[0]).toMatchObject({from: '15550100099', from_user_id: 'US.10000000000000000001'})
  })

  it('leaves every trace of the number out for who hides it, and takes the user id as address', async () => {
    await using r = await rig()
    const ana = r.sandbox.customer({phone: '+5511987650002', name: 'Ana Lima', via: PNID, hidesPhone: true})
    ana.say('oi')
    const answer = await r.send({recipient: ana.bsuid, type: 'text', text: {body: 'Olá Ana'}})
    await r.sandbox.idle()
    expect(answer.body.contacts).toEqual([{input: ana.bsuid, user_id: ana.bsuid}])
    expect(JSON.stringify(r.hook.events())).not.toContain('5511987650002')
    expect(r.hook.values()[0].contacts[0]).toEqual({
      profile: {name: 'Ana Lima', username: '@analima002'},
      user_id: ana.bsuid,
    })
    expect(ana.received).toHaveLength(1)
  })

  it.each([
    ['+5547999990001', undefined, '554799990001'],
    ['+5547999990001', true, '5547999990001'],
    ['+554799990001', false, '554799990001'],
    ['+5511988880002', undefined, '5511988880002'],
    ['+5511988880002', false, '5511988880002'],
    ['+554733330003', undefined, '554733330003'],
  ])('%s with ninthDigit %s is account %s, whichever form is written to', async (phone, ninthDigit, waId) => {
    await using r = await rig({number: {enforceWindow: false}})
    const person = r.sandbox.customer({phone, name: 'P', via: PNID, ninthDigit})
    expect(person.waId).toBe(waId)
    const answer = await r.send(text(phone, 'oi'))
    expect(answer.body.contacts[0].wa_id).toBe(waId)
  })
})

describe('delivery', () => {
  it('tries again with growing gaps until a 2xx, with the same bytes', async () => {
    const clock = fakeClock()
    const answers = [500, 0, 404, 200]
    const at: number[] = []
    const hook = await receiver((_post, count) => {
      at.push(clock.now())
      return answers[count - 1] ?? 200
    })
    await using r = await rig({clock, hook})
    r.sandbox.customer({phone: '5511987650001', name: 'Ana', via: PNID}).say('oi')
    for (let second = 0; second < 40 && hook.posts.length < 4; second++) await clock.advance(100)
    expect(hook.posts).toHaveLength(4)
    expect(new Set(hook.posts.map((post) => post.raw.toString())).size).toBe(1)
    const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0))
    expect(gaps[0]).toBeLessThan(gaps[2] ?? 0)
    await r.sandbox.idle()
    expect(r.sandbox.stats()).toMatchObject({webhooksSent: 1, webhooksFailed: 3, webhookRetries: 3, pending: 0})
  })

  it('puts what is waiting into one POST, several numbers too', async () => {
    let release = () => {}
    const gate = new Promise<void>((resolve) => (release = resolve))
    const hook = await receiver(async (_post, count) => {
      if (count === 1) await gate
      return 200
    })
    await using r = await rig({hook})
    r.sandbox.addNumber({
      ...{phoneNumberId: '200000000000002', wabaId: '200000000000001', displayPhone: '+55 11 4000-0002'},
      ...{token: 'other', appSecret: SECRET, webhookUrl: hook.url},
    })
    const one = r.sandbox.customer({phone: '5511987650001', name: 'Ana', via: PNID})
    const two = r.sandbox.customer({phone: '5511987650001', name: 'Ana', via: '200000000000002'})
    one.say('first')
    await expect.poll(() => hook.posts.length).toBe(1)
    for (let index = 0; index < 10; index++) one.say(`more ${index}`)
    two.say('to the other number')
    release()
    await r.sandbox.idle()
    expect(hook.posts).toHaveLength(2)
    expect(hook.posts[1]?.body.entry.map((entry: {id: string}) => entry.id)).toEqual([WABA, '200000000000001'])
    expect(hook.messages().map((message) => message.text.body)).toEqual([
      ...['first', ...Array.from({length: 10}, (_, index) => `more ${index}`)],
      'to the other number',
    ])
  })

  it('sends nothing for a WABA whose app is not subscribed', async () => {
    await using r = await rig()
    await r.graph('DELETE', `/v25.0/${WABA}/subscribed_apps`)
    r.sandbox.customer({phone: '5511987650001', name: 'Ana', via: PNID}).say('oi')
    await r.sandbox.idle()
    expect(r.hook.posts).toEqual([])
    expect(r.sandbox.stats().updatesLost).toBe(1)
  })

  it('does the GET handshake', async () => {
    await using r = await rig()
    expect(await r.sandbox.verifyWebhook(PNID)).toMatchObject({ok: true, status: 200})
    r.sandbox.addNumber({
      ...{phoneNumberId: PNID, wabaId: WABA, displayPhone: '+55 11 4000-0001', token: 't', appSecret: SECRET},
      ...{webhookUrl: r.hook.url, verifyToken: 'wrong'},
    })
    expect(await r.sandbox.verifyWebhook(PNID)).toMatchObject({ok: false, status: 403})
  })
})

it('makes ids that differ between two runs of the same seed', async () => {
  const ids = new Set<string>()
  for (const start of [1_796_000_000_000, 1_796_000_060_000]) {
    await using r = await rig({clock: fakeClock(start), random: seeded(7)})
    ids.add(r.sandbox.customer({phone: '5511987650001', name: 'Ana', via: PNID}).say('oi'))
  }
  expect(ids.size).toBe(2)
})
