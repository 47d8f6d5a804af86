import {describe, expect, it} from 'vitest'
import {PytakeError} from '../../src/base/errors.ts'
import {createFaults, parseFault} from '../../src/sandbox/faults.ts'
import {PNID, receiver, rig, seeded, text} from './rig.ts'

const open = {number: {enforceWindow: false}}
const ANA = {phone: '5511987650001', name: 'Ana', via: PNID}

describe('the form of a fault', () => {
  it.each([
    ['POST */messages: 500 10%', 'POST', {kind: 'status', status: 500}, 0.1],
    ['POST */messages: 131056', 'POST', {kind: 'status', status: 131056}, 1],
    ['GET *: delay 2s', 'GET', {kind: 'delay', ms: 2000}, 1],
    ['GET *: delay 150ms 50%', 'GET', {kind: 'delay', ms: 150}, 0.5],
    ['* /message/*: hang', '*', {kind: 'hang'}, 1],
    ['WEBHOOK status: lose 2.5%', 'WEBHOOK', {kind: 'lose'}, 0.025],
    ['WEBHOOK *: delay 1m', 'WEBHOOK', {kind: 'delay', ms: 60_000}, 1],
  ])('%s', (line, method, action, share) => {
    expect(parseFault(line)).toMatchObject({text: line, method, action, share})
  })

  it.each([
    ['', 'METHOD PATHGLOB: ACTION'],
    ['POST */messages 500', 'METHOD PATHGLOB: ACTION'],
    ['FETCH *: 500', 'FETCH'],
    ['POST *: explode', 'a request can be given'],
    ['POST *: lose', 'a request can be given'],
    ['POST *: 200', 'a request can be given'],
    ['WEBHOOK *: 500', 'a webhook can be given'],
    ['WEBHOOK *: drop', 'a webhook can be given'],
    ['POST *: 500 120%', 'at most 100%'],
  ])('refuses %j and says why', (line, why) => {
    expect(() => parseFault(line)).toThrow(expect.objectContaining({code: 'VALIDATION_ERROR'}))
    expect(() => parseFault(line)).toThrow(why)
    expect(() => parseFault(line)).toThrow(PytakeError)
  })

  it('matches whole paths and takes everything but the star literally', () => {
    const {path} = parseFault('POST */messages: 500')
    expect(['/v25.0/1/messages', '/v25.0/1/messagesX', '/messages/x'].map((one) => path.test(one))).toEqual([
      true,
      false,
      false,
    ])
    expect(parseFault('GET /a.b: 500').path.test('/aXb')).toBe(false)
  })

  it('strikes the same requests for the same seed, about as often as it says', () => {
    const run = () => {
      const faults = createFaults(seeded(5), ['POST *: 500 10%'])
      return Array.from({length: 1000}, () => faults.request('POST', '/x').end)
    }
    expect(run()).toEqual(run())
    const struck = run().filter((end) => end === 500).length
    expect(struck).toBeGreaterThan(60)
    expect(struck).toBeLessThan(140)
  })

  it('adds delays up and lets the first other action win', () => {
    const faults = createFaults(seeded(), ['* *: delay 1s', 'POST *: 500', '* *: delay 2s', '* *: hang'])
    expect(faults.request('POST', '/x')).toEqual({delayMs: 3000, end: 500})
    expect(faults.request('GET', '/x')).toEqual({delayMs: 3000, end: 'hang'})
  })
})

describe('faults on requests', () => {
  it.each([
    ['500', 500, 131000],
    ['503', 503, 2],
    ['429', 429, 130429],
    ['401', 401, 190],
    ['131056', 429, 131056],
    ['131016', 500, 131016],
  ])('%s is answered with a real error body and accepts nothing', async (action, status, code) => {
    await using r = await rig(open)
    r.sandbox.setFaults([`POST */messages: ${action}`])
    const answer = await r.send(text('+5511987650001', 'oi'))
    expect(answer.status).toBe(status)
    expect(answer.body.error).toMatchObject({code, type: 'OAuthException', fbtrace_id: expect.any(String)})
    expect(r.sandbox.stats()).toMatchObject({accepted: 0, faulted: 1})
  })

  it('answers a gateway error without JSON', async () => {
    await using r = await rig(open)
    r.sandbox.setFaults(['POST *: 502'])
    const answer = await fetch(`${r.sandbox.cloudUrl}/v25.0/${PNID}/messages`, {method: 'POST', body: '{}'})
    expect([answer.status, answer.headers.get('content-type')]).toEqual([502, 'text/html'])
  })

  it('drop accepts, closes without an answer, and the statuses come all the same', async () => {
    await using r = await rig(open)
    const ana = r.sandbox.customer(ANA)
    r.sandbox.setFaults(['POST */messages: drop'])
    await expect(r.send({...text('+5511987650001', 'oi'), biz_opaque_callback_data: 'm7.1'})).rejects.toThrow()
    await r.sandbox.idle()
    expect(r.sandbox.stats().accepted).toBe(1)
    expect(r.hook.statuses().map((s) => [s.status, s.biz_opaque_callback_data])).toEqual([
      ['sent', 'm7.1'],
      ['delivered', 'm7.1'],
      ['read', 'm7.1'],
    ])
    expect(ana.received).toHaveLength(1)
  })

  it('reset accepts nothing', async () => {
    await using r = await rig(open)
    r.sandbox.setFaults(['POST */messages: reset'])
    await expect(r.send(text('+5511987650001', 'oi'))).rejects.toThrow()
    expect(r.sandbox.stats().accepted).toBe(0)
  })

  it('hang neither accepts nor answers', async () => {
    await using r = await rig(open)
    r.sandbox.setFaults(['POST */messages: hang'])
    const signal = AbortSignal.timeout(100)
    await expect(
      fetch(`${r.sandbox.cloudUrl}/v25.0/${PNID}/messages`, {method: 'POST', body: '{}', signal}),
    ).rejects.toThrow()
    expect(r.sandbox.stats().accepted).toBe(0)
  })

  it('delay accepts at once and answers late', async () => {
    await using r = await rig(open)
    r.sandbox.setFaults(['POST */messages: delay 100ms'])
    r.sandbox.customer(ANA)
    const answer = r.send(text('+5511987650001', 'oi'))
    await expect.poll(() => r.sandbox.stats().accepted).toBe(1)
    await r.sandbox.idle()
    expect(r.hook.statuses()).toHaveLength(3)
    expect((await answer).status).toBe(200)
  })

  it('leaves the control interface alone', async () => {
    await using r = await rig({...open, faults: ['* *: 500']})
    expect((await r.graph('GET', '/sandbox/stats')).status).toBe(200)
  })
})

describe('faults on webhooks', () => {
  it('lose never sends, and only the kind it names', async () => {
    await using r = await rig({...open, faults: ['WEBHOOK status: lose']})
    r.sandbox.customer(ANA).say('oi')
    await r.send(text('+5511987650001', 'olá'))
    await r.sandbox.idle()
    expect(r.hook.statuses()).toEqual([])
    expect(r.hook.messages()).toHaveLength(1)
    expect(r.sandbox.stats().updatesLost).toBe(3)
  })

  it('duplicate sends the very same update twice', async () => {
    await using r = await rig({faults: ['WEBHOOK message: duplicate']})
    const id = r.sandbox.customer(ANA).say('oi')
    await r.sandbox.idle()
    expect(r.hook.messages().map((message) => message.id)).toEqual([id, id])
  })

  it('reorder shuffles the statuses of a message and loses none', async () => {
    await using r = await rig({...open, faults: ['WEBHOOK status: reorder']})
    r.sandbox.customer(ANA)
    const orders = new Set<string>()
    for (let index = 0; index < 8; index++) {
      const {body} = await r.send(text('+5511987650001', 'oi'))
      await r.sandbox.idle()
      const mine = r.hook.statuses().filter((status) => status.id === body.messages[0].id)
      expect(mine.map((status) => status.status).sort()).toEqual(['delivered', 'read', 'sent'])
      orders.add(mine.map((status) => status.status).join())
    }
    expect(orders.size).toBeGreaterThan(1)
  })

  it('delay holds an update back', async () => {
    const hook = await receiver()
    await using r = await rig({hook, faults: ['WEBHOOK message: delay 120ms']})
    r.sandbox.customer(ANA).say('oi')
    await new Promise((resolve) => setTimeout(resolve, 40))
    expect(hook.posts).toHaveLength(0)
    expect(r.sandbox.stats().pending).toBe(1)
    await r.sandbox.idle()
    expect(hook.posts).toHaveLength(1)
  })
})
