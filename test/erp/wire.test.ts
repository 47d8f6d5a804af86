import {createServer} from 'node:https'
import type {AddressInfo} from 'node:net'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {systemClock} from '../../src/base/clock.ts'
import {createBreaker} from '../../src/erp/breaker.ts'
import type {Connection} from '../../src/erp/connector.ts'
import {customersBy, plansOf, statusOf} from '../../src/erp/lookups.ts'
import {systemRandom} from '../../src/base/ids.ts'
import {known} from '../../src/sandbox/erp/people.ts'
import {startSandbox, type Sandbox} from '../../src/sandbox/sandbox.ts'
import {connectionTo, openWire} from '../support/erp.ts'
import {serve} from '../support/http-server.ts'
import {manualClock} from '../support/manual-clock.ts'
import {expiredCertificate, privateCertificate} from '../support/certificates.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({clock: systemClock, random: systemRandom})
})
afterAll(() => sandbox.close())

const ixc = (more: Partial<Connection> = {}) => connectionTo('ixcsoft', sandbox.erpUrl, more)

/** An ERP that counts what it is asked, and how much of it at once. */
async function counting(answer: () => Promise<void> | void = () => {}) {
  const seen = {requests: 0, running: 0, most: 0}
  const server = await serve((_request, response) => {
    seen.requests++
    seen.running++
    seen.most = Math.max(seen.most, seen.running)
    void (async () => {
      await answer()
      seen.running--
      response.end(JSON.stringify({page: '1', total: '0'}))
    })()
  })
  return {seen, url: server.url, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]()}
}

describe('breaker', () => {
  test('rests after five failures in a row, and is closed again by one probe', () => {
    const clock = manualClock()
    const breaker = createBreaker(clock)
    for (let i = 0; i < 4; i++) breaker.failed()
    expect(breaker.admit()).toEqual({admitted: true})
    breaker.failed()
    expect(breaker.state).toBe('open')
    expect(breaker.admit()).toEqual({admitted: false, retryAfterMs: 5000})
    clock.skip(5000)
    expect(breaker.state).toBe('half_open')
    expect(breaker.admit()).toEqual({admitted: true})
    // Everybody else waits for what becomes of the probe.
    expect(breaker.admit().admitted).toBe(false)
    breaker.answered()
    expect(breaker.state).toBe('closed')
  })

  test('a probe that fails makes it rest longer, a minute at most', () => {
    const clock = manualClock()
    const breaker = createBreaker(clock)
    for (let i = 0; i < 5; i++) breaker.failed()
    for (const ms of [5000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
      expect(breaker.admit()).toEqual({admitted: false, retryAfterMs: ms})
      clock.skip(ms)
      expect(breaker.admit().admitted).toBe(true)
      breaker.failed()
    }
  })

  test('a probe that is given up lets the next one try', () => {
    const clock = manualClock()
    const breaker = createBreaker(clock)
    for (let i = 0; i < 5; i++) breaker.failed()
    clock.skip(5000)
    breaker.admit()
    breaker.withdrawn()
    expect(breaker.admit().admitted).toBe(true)
  })

  test('one silence is enough when nobody else got an answer meanwhile', () => {
    const clock = manualClock()
    const breaker = createBreaker(clock)
    breaker.answered()
    clock.skip(2000)
    breaker.failed({forMs: 3000})
    expect(breaker.state).toBe('closed')
    clock.skip(2000)
    breaker.failed({forMs: 3000})
    expect(breaker.state).toBe('open')
  })
})

test('an ERP that is down is let alone within ten failures, and asked again after one probe', async () => {
  await using own = openWire(ixc())
  sandbox.setFaults(['* *: 500'])
  let failures = 0
  while (own.wire.breaker.state === 'closed') {
    await statusOf(own.wire, '1')
    failures++
  }
  expect(failures).toBeLessThanOrEqual(10)
  sandbox.setFaults([])
  expect(await statusOf(own.wire, '1')).toMatchObject({outcome: 'unavailable', code: 'resting'})
  expect((await statusOf(own.wire, '1')).outcome).toBe('unavailable')
})

test('answers are kept as long as they are fresh, and their age is told', async () => {
  const clock = {...manualClock(), sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms, signal)}
  await using own = openWire(ixc(), clock)
  expect(await customersBy(own.wire, known.active)).toMatchObject({age_seconds: 0})
  clock.skip(9 * 60_000)
  sandbox.setFaults(['* *: 500'])
  expect(await customersBy(own.wire, known.active)).toMatchObject({outcome: 'found', age_seconds: 540, stale: false})
  expect(await customersBy(own.wire, known.active, {fresh: true})).toMatchObject({outcome: 'unavailable'})
  clock.skip(60_000)
  expect(await customersBy(own.wire, known.active)).toMatchObject({outcome: 'unavailable'})
  expect(await customersBy(own.wire, known.active, {staleMs: 3_600_000})).toMatchObject({
    outcome: 'found',
    age_seconds: 600,
    stale: true,
  })
  expect(await customersBy(own.wire, known.active, {staleMs: 300_000})).toMatchObject({outcome: 'unavailable'})
  sandbox.setFaults([])
})

test('who asks for the same at the same time shares one request', async () => {
  await using erp = await counting()
  await using own = openWire(ixc({apiUrl: erp.url}))
  const answers = await Promise.all(Array.from({length: 20}, () => plansOf(own.wire)))
  expect(erp.seen.requests).toBe(1)
  expect(new Set(answers.map(({outcome}) => outcome))).toEqual(new Set(['found']))
})

test('no more requests are under way at once than the connection allows', async () => {
  await using erp = await counting(() => new Promise((resolve) => setTimeout(resolve, 10)))
  await using own = openWire(ixc({apiUrl: erp.url, settings: {concurrency: '3'}}))
  await Promise.all(Array.from({length: 20}, (_, n) => statusOf(own.wire, String(n + 1))))
  expect(erp.seen.most).toBe(3)
})

test('what changes something is sent once, whatever comes back', async () => {
  let requests = 0
  await using dead = await serve((request) => {
    requests++
    request.socket.destroy()
  })
  await using own = openWire(ixc({apiUrl: dead.url}))
  const line = own.wire.open()
  const request = {method: 'POST', path: '/x', json: {}} as const
  expect(await line.send({...request, safe: false})).toMatchObject({outcome: 'unknown', code: 'unsure'})
  expect(requests).toBe(1)
  expect(await line.send({...request, safe: true})).toMatchObject({outcome: 'unavailable'})
  expect(requests).toBe(3)
  line.close()
})

test('nothing of a request is in what is said about its failure', async () => {
  await using own = openWire(connectionTo('mksolutions', 'http://127.0.0.1:1'))
  const answer = await customersBy(own.wire, known.active)
  expect(answer.outcome).toBe('unavailable')
  expect(JSON.stringify(answer)).not.toMatch(/token|password|529982|WSAuten/i)
})

describe('certificates', () => {
  const secure = async (certificate: {key: string; cert: string}) => {
    const server = createServer(certificate, (_request, response) =>
      response.end(JSON.stringify({page: '1', total: '0'})),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const {port} = server.address() as AddressInfo
    return {
      url: `https://localhost:${port}`,
      [Symbol.asyncDispose]: () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve())
          server.closeAllConnections()
        }),
    }
  }

  test('a private authority is taken when it is given, and only then', async () => {
    await using server = await secure(privateCertificate)
    await using strict = openWire(ixc({apiUrl: server.url}))
    expect(await plansOf(strict.wire)).toMatchObject({outcome: 'unavailable', code: 'tls'})
    await using trusting = openWire(ixc({apiUrl: server.url, ca: privateCertificate.ca}))
    expect(await plansOf(trusting.wire)).toMatchObject({outcome: 'found'})
  })

  test('an expired certificate is refused with the next step', async () => {
    await using server = await secure(expiredCertificate)
    await using own = openWire(ixc({apiUrl: server.url, ca: expiredCertificate.ca}))
    const answer = await plansOf(own.wire)
    expect(answer).toMatchObject({outcome: 'unavailable', code: 'tls'})
    expect(JSON.stringify(answer)).toMatch(/expired/)
    expect(JSON.stringify(answer)).toContain('--ca-file')
  })
})
