import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {openHub} from '../../src/realtime/hub.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import {createTenant} from '../../src/tenants/lifecycle.ts'
import {createToken} from '../../src/users/tokens.ts'
import {type ManualClock, manualClock} from '../support/manual-clock.ts'
import {makePlace, type Place} from '../support/stores.ts'
import {eventually, openTestRuntime} from '../support/world.ts'
import {connect} from './client.ts'

describe('a connection on /ws', () => {
  let place: Place
  let runtime: Runtime
  let clock: ManualClock
  let url: string
  let close: () => Promise<void>
  let tenant: string

  const token = async (name: string, expiresInMs?: number) => {
    const made = await createToken(runtime, runtime.stores.control, {
      id: runtime.ids.next(),
      tenantId: tenant,
      name,
      scopes: ['*'],
      platform: false,
      expiresAt: expiresInMs === undefined ? null : new Date(clock.now() + expiresInMs),
      createdBy: 'test',
    })
    return made.token
  }

  beforeAll(async () => {
    place = await makePlace('sqlite')
    clock = manualClock(Date.now())
    const real = await openTestRuntime(place, {API_SOCKETS_PER_CALLER: '3'})
    runtime = {...real, clock}
    tenant = runtime.ids.next()
    await createTenant(real, real.stores.control, {id: tenant, name: 'Provedor'})
    const server = createServer()
    const hub = openHub(server, {runtime, heartbeatMs: 1e9})
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    close = async () => {
      // Its goodbye takes time, and time stands.
      const gone = hub.close()
      for (let n = 0; n < 100; n++) await Promise.race([gone, clock.pass(10)])
      await gone
      await new Promise((resolve) => server.close(resolve))
      await real.close()
    }
  })
  afterAll(async () => {
    await close()
    await place.remove()
  })

  it('ends with 4401 at the moment at which its token does, and not before', async () => {
    const client = await connect(url, {token: await token('hour', 3_600_000)})
    client.send({type: 'ping'})
    await client.frame('pong')
    let code: number | undefined
    void client.closed.then((closed) => (code = closed.code))
    await clock.pass(3_599_000)
    client.send({type: 'ping'})
    await client.frame('pong', 2)
    expect(code).toBeUndefined()
    await clock.pass(1001)
    expect(await client.closed).toEqual({code: 4401, reason: 'The token has expired.'})
  })

  it('lives by the token that it showed last', async () => {
    const client = await connect(url, {token: await token('minute', 60_000)})
    client.send({type: 'auth', token: await token('day', 86_400_000)})
    await client.frame('authenticated')
    await clock.pass(61_000)
    client.send({type: 'ping'})
    await client.frame('pong')
    await client.close()
  })

  it('is one of so many of its caller, and leaves room when it goes', async () => {
    const text = await token('many')
    const held = []
    for (let n = 0; n < 3; n++) {
      const client = await connect(url, {token: text})
      client.send({type: 'ping'})
      await client.frame('pong')
      held.push(client)
    }
    const one = await connect(url, {token: text})
    expect(await one.closed).toEqual({code: 4429, reason: 'There are 3 connections of this caller already.'})
    const other = await connect(url, {token: await token('other')})
    other.send({type: 'ping'})
    await other.frame('pong')
    await other.close()
    // Saying again who one is takes no second place.
    held[0]?.send({type: 'auth', token: text})
    await held[0]?.frame('authenticated')
    await held.pop()?.close()
    await eventually(async () => {
      const next = await connect(url, {token: text})
      next.send({type: 'ping'})
      const gotIn = await Promise.race([next.frame('pong').then(() => true), next.closed.then(() => false)])
      if (gotIn) await next.close()
      return gotIn
    })
    for (const client of held) await client.close()
  })

  it('ends with 4429 when it sends more than anybody needs to', async () => {
    const client = await connect(url, {token: await token('chatty')})
    for (let n = 0; n < 100; n++) client.send({type: 'ping'})
    await client.frame('pong', 100)
    clock.skip(1000)
    for (let n = 0; n < 20; n++) client.send({type: 'ping'})
    await client.frame('pong', 120)
    client.send({type: 'ping'})
    expect(await client.closed).toEqual({code: 4429, reason: 'Too many messages. Again in 1 s.'})
  })
})
