import {describe, expect, it} from 'vitest'
import {fakeClock, PNID, rig, text} from './rig.ts'

const ANA = {phone: '5511987650001', name: 'Ana', via: PNID}
const TO_ANA = '+5511987650001'
const HOUR = 3_600_000

const marketing = {
  name: 'oferta',
  language: 'pt_BR',
  category: 'MARKETING',
  components: [{type: 'BODY', text: 'Só hoje'}],
}

describe('the 24-hour window', () => {
  it('takes free messages while it is open and fails them by status after that', async () => {
    const clock = fakeClock()
    await using r = await rig({clock})
    const ana = r.sandbox.customer(ANA)
    ana.say('oi')
    await clock.advance(24 * HOUR - 1000)
    expect((await r.send(text(TO_ANA, 'dentro'))).status).toBe(200)
    await clock.advance(1000)
    const late = await r.send(text(TO_ANA, 'fora'))
    await clock.advance(1000)
    expect(late.status).toBe(200)
    expect(r.hook.statuses().filter((s) => s.id === late.body.messages[0].id)).toMatchObject([
      {status: 'failed', recipient_id: '5511987650001', errors: [{code: 131047, title: 'Re-engagement message'}]},
    ])
    expect(ana.received.map((m) => m.text)).toEqual(['dentro'])
  })

  it('is no matter for a template, whose price says that it was closed', async () => {
    await using r = await rig({number: {templates: [marketing]}})
    const ana = r.sandbox.customer(ANA)
    const answer = await r.send({to: TO_ANA, type: 'template', template: {name: 'oferta', language: {code: 'pt_BR'}}})
    await r.sandbox.idle()
    expect(answer.body.messages[0].message_status).toBe('accepted')
    expect(r.hook.statuses()[0].pricing).toMatchObject({billable: true, type: 'regular', category: 'marketing'})
    expect(ana.received.map((m) => m.text)).toEqual(['Só hoje'])
  })

  it('does not open with a reaction', async () => {
    const clock = fakeClock()
    await using r = await rig({clock})
    const ana = r.sandbox.customer(ANA)
    ana.say('oi')
    await r.send(text(TO_ANA, 'olá'))
    await clock.advance(25 * HOUR)
    ana.react('👍')
    const answer = await r.send(text(TO_ANA, 'ainda fechada'))
    await clock.advance(1000)
    expect(r.hook.statuses().find((s) => s.id === answer.body.messages[0].id)).toMatchObject({status: 'failed'})
  })
})

describe('people who cannot be reached', () => {
  it('131026 for someone who is not on WhatsApp', async () => {
    await using r = await rig()
    expect((await r.send(text('+5511987659999', 'oi'))).status).toBe(200)
    await r.sandbox.idle()
    expect(r.hook.statuses()).toMatchObject([{status: 'failed', errors: [{code: 131026}]}])
    expect(r.hook.values()[0].contacts).toBeUndefined()
  })

  it('131050 for marketing to someone who stopped it, told by user_preferences', async () => {
    await using r = await rig({number: {templates: [marketing]}})
    const ana = r.sandbox.customer(ANA)
    ana.stopMarketing()
    await r.send({to: TO_ANA, type: 'template', template: {name: 'oferta', language: {code: 'pt_BR'}}})
    await r.sandbox.idle()
    expect(r.hook.values()[0].user_preferences).toMatchObject([{value: 'stop', category: 'marketing_messages'}])
    expect(r.hook.statuses()).toMatchObject([{status: 'failed', errors: [{code: 131050}]}])
    ana.resumeMarketing()
    await r.send({to: TO_ANA, type: 'template', template: {name: 'oferta', language: {code: 'pt_BR'}}})
    await r.sandbox.idle()
    expect(r.hook.statuses().at(-1)).toMatchObject({status: 'read'})
  })

  it.each([
    ['a private link', {image: {link: 'http://192.168.0.4/a.png'}}],
    ['a loopback link', {image: {link: 'http://localhost:8080/a.png'}}],
  ])('131053 by status for %s', async (_what, message) => {
    await using r = await rig({number: {enforceWindow: false}})
    r.sandbox.customer(ANA)
    expect((await r.send({to: TO_ANA, type: 'image', ...message})).status).toBe(200)
    await r.sandbox.idle()
    expect(r.hook.statuses()).toMatchObject([{status: 'failed', errors: [{code: 131053}]}])
  })
})

describe('pace', () => {
  it('130429 beyond the throughput, open again a second later', async () => {
    const clock = fakeClock()
    await using r = await rig({clock, number: {enforceWindow: false, acceptUnknown: true, throughputPerSecond: 5}})
    const burst = async () => {
      const answers = []
      for (let index = 0; index < 7; index++) answers.push(await r.send(text(`+551198765000${index}`, 'oi')))
      return answers.map(({status, body}) => (status === 200 ? 200 : body.error.code))
    }
    expect(await burst()).toEqual([200, 200, 200, 200, 200, 130429, 130429])
    await clock.advance(1000)
    expect(await burst()).toEqual([200, 200, 200, 200, 200, 130429, 130429])
    expect(r.sandbox.stats().refused).toBe(4)
  })

  const open = {enforceWindow: false, acceptUnknown: true, throughputPerSecond: 1000}
  const many = async (send: () => Promise<{status: number; body: {error: {code: number}}}>, count: number) => {
    const codes = []
    for (let index = 0; index < count; index++) {
      const {status, body} = await send()
      codes.push(status === 200 ? 200 : body.error.code)
    }
    return codes
  }

  it('131056 after 45 to one person at once, then one every 6 s; others are not held up', async () => {
    const clock = fakeClock()
    await using r = await rig({clock, number: open})
    const send = () => r.send(text(TO_ANA, 'oi'))
    expect(await many(send, 46)).toEqual([...Array.from({length: 45}, () => 200), 131056])
    expect((await r.send(text('+5511987650002', 'oi'))).status).toBe(200)
    await clock.advance(6000)
    expect(await many(send, 2)).toEqual([200, 131056])
  })

  it('read strictly, a burst of 20 blocks the pair for two minutes', async () => {
    const clock = fakeClock()
    await using r = await rig({clock, number: {...open, enforcePairRate: 'strict'}})
    const send = () => r.send(text(TO_ANA, 'oi'))
    expect(new Set(await many(send, 20))).toEqual(new Set([200]))
    await clock.advance(7000)
    expect(await many(send, 1)).toEqual([131056])
    await clock.advance(113_000)
    expect(await many(send, 1)).toEqual([200])
  })

  it('can be switched off', async () => {
    await using r = await rig({number: {...open, enforcePairRate: false}})
    expect(new Set(await many(() => r.send(text(TO_ANA, 'oi')), 60))).toEqual(new Set([200]))
  })
})
