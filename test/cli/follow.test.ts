import {createServer, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {setTimeout as wait} from 'node:timers/promises'
import {afterAll, beforeAll, expect, it} from 'vitest'
import {systemClock} from '../../src/base/clock.ts'
import {PytakeError} from '../../src/base/errors.ts'
import type {EventRecord} from '../../src/base/events.ts'
import {followLocal, type ReadEvents} from '../../src/cli/follow.ts'
import {followRemote} from '../../src/cli/follow-remote.ts'
import {listEventsOperation} from '../../src/operations/events.ts'
import {localClient} from '../../src/operations/local.ts'
import {openHub} from '../../src/realtime/hub.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import {createTenant} from '../../src/tenants/lifecycle.ts'
import {createToken} from '../../src/users/tokens.ts'
import {freePort} from '../support/free-port.ts'
import {onBothEngines} from '../support/stores.ts'
import {eventually, openTestRuntime} from '../support/world.ts'

function watch() {
  const seen: unknown[] = []
  const said: string[] = []
  return {
    seen,
    said,
    watcher: {
      event: ({data}: EventRecord) => void seen.push(data.n),
      isFull: () => false,
      flushed: () => Promise.resolve(),
      lost: () => void said.push('lost'),
      back: ({replayed}: {replayed: number}) => void said.push(`back ${replayed}`),
    },
  }
}

onBothEngines('following the log', (place) => {
  let runtime: Runtime
  let tenant: string
  let token: string
  const emit = (...numbers: number[]) =>
    runtime.stores.tenant(tenant).write(async (tx) => {
      for (const n of numbers) tx.emit({type: 'message_sent', at: Date.now(), data: {n}})
    })
  const common = (signal: AbortSignal) => ({clock: systemClock, random: () => 0.1, signal, since: 'now', filter: {}})

  async function serve(port = 0): Promise<{port: number; url: string; stop: () => Promise<void>}> {
    const server: Server = createServer()
    const hub = openHub(server, {runtime})
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    const at = (server.address() as AddressInfo).port
    const stop = async () => {
      await hub.close()
      await new Promise((resolve) => server.close(resolve))
    }
    return {port: at, url: `http://127.0.0.1:${at}`, stop}
  }

  beforeAll(async () => {
    runtime = await openTestRuntime(place())
    tenant = runtime.ids.next()
    await createTenant(runtime, runtime.stores.control, {id: tenant, name: 'Provedor'})
    const made = await createToken(runtime, runtime.stores.control, {
      id: runtime.ids.next(),
      tenantId: tenant,
      name: 'ops',
      scopes: ['*'],
      platform: false,
      expiresAt: null,
      createdBy: 'test',
    })
    token = made.token
  })
  afterAll(() => runtime.close())

  it('over a server that restarts: connects again, says so, and neither loses nor repeats', async () => {
    const {seen, said, watcher} = watch()
    const over = new AbortController()
    const first = await serve()
    const following = followRemote({...common(over.signal), url: first.url, token}, watcher)
    await wait(200)
    await emit(1, 2, 3)
    await eventually(async () => seen.length === 3)
    await first.stop()
    await emit(4, 5)
    const second = await serve(first.port)
    await eventually(async () => said.includes('back 2'))
    await emit(6)
    await eventually(async () => seen.length === 6)
    over.abort()
    await following
    expect(seen).toEqual([1, 2, 3, 4, 5, 6])
    expect(said).toEqual(['lost', 'back 2'])
    await second.stop()
  })

  it('over a server for a reader that stops: asks it to wait, and goes on without loss', async () => {
    const {seen, said, watcher} = watch()
    let drain = () => {}
    const drained = new Promise<void>((resolve) => (drain = resolve))
    let isFull = false
    const slow = {...watcher, isFull: () => isFull, flushed: () => drained}
    const over = new AbortController()
    const server = await serve()
    const following = followRemote({...common(over.signal), url: server.url, token}, slow)
    await wait(200)
    await emit(0)
    await eventually(async () => seen.length === 1)
    isFull = true
    await emit(1)
    await eventually(async () => seen.length === 2)
    await wait(200)
    for (let n = 2; n < 1002; n += 100) await emit(...Array.from({length: 100}, (_, i) => n + i))
    await wait(500)
    expect(seen).toHaveLength(2)
    isFull = false
    drain()
    await eventually(async () => seen.length === 1002)
    over.abort()
    await following
    expect(seen).toEqual(Array.from({length: 1002}, (_, n) => n))
    expect(said).toEqual([])
    await server.stop()
  })

  it('over a server with a new token when the old one is over, and asks for one only once when that is refused too', async () => {
    const {seen, said, watcher} = watch()
    const over = new AbortController()
    const server = await serve()
    const asked: string[] = []
    const renewing = (answer: string) => ({
      ...{url: server.url, token: 'pyt_over'},
      renew: (refused: string) => Promise.resolve((asked.push(refused), answer)),
    })
    const following = followRemote({...common(over.signal), ...renewing(token)}, watcher)
    await wait(200)
    await emit(1)
    await eventually(async () => seen.length === 1)
    over.abort()
    await following
    expect([asked, said]).toEqual([['pyt_over'], []])
    const refused = followRemote({...common(new AbortController().signal), ...renewing('pyt_no_better')}, watcher)
    await expect(refused).rejects.toMatchObject({code: 'UNAUTHORIZED', help: expect.stringContaining('pytake login')})
    expect(asked).toEqual(['pyt_over', 'pyt_over'])
    await server.stop()
  })

  it.each([
    ['a wrong token', {token: 'pyt_no'}, 4, /token is not valid/],
    ['a cursor of another log', {since: 'deadbeef0000.3'}, 1, /Cannot resume/],
    ['an unknown config', {filter: {config: 'none'}}, 5, /none/],
    ['another tenant', {tenant: 'Outra'}, 4, /another tenant/],
  ])('ends with words for %s', async (_title, more, exitCode, words) => {
    const {watcher} = watch()
    const server = await serve()
    const ended = await followRemote(
      {...common(new AbortController().signal), url: server.url, token, ...more},
      watcher,
    ).catch((error: unknown) => error as PytakeError)
    expect(ended).toMatchObject({exitCode, message: expect.stringMatching(words)})
    await server.stop()
  })

  it('ends when there is no server to begin with', async () => {
    const {watcher} = watch()
    const at = `127.0.0.1:${await freePort()}`
    const following = followRemote({...common(new AbortController().signal), url: `http://${at}`, token}, watcher)
    await expect(following).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: `http://${at} cannot be reached: connect ECONNREFUSED ${at}`,
    })
  })

  it('says that there is no WebSocket where a server has none', async () => {
    const server = createServer((_request, response) => response.writeHead(404).end())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const following = followRemote({...common(new AbortController().signal), url, token}, watch().watcher)
    await expect(following).rejects.toMatchObject({message: `${url} cannot be reached: no WebSocket at /ws`})
    await new Promise((resolve) => server.close(resolve))
  })

  it('straight from the data, without a server, over trouble of the store', async () => {
    const {seen, said, watcher} = watch()
    const over = new AbortController()
    const client = localClient(runtime, {osUser: 'tester', tenant})
    let isBroken = false
    const read: ReadEvents = (input) =>
      isBroken
        ? Promise.reject(new PytakeError('UNAVAILABLE', 'The database is locked by another process.'))
        : client.call(listEventsOperation, input)
    const following = followLocal({...common(over.signal), read}, watcher)
    await wait(200)
    await emit(...Array.from({length: 1200}, (_, n) => n))
    await eventually(async () => seen.length === 1200)
    isBroken = true
    await eventually(async () => said.length === 1)
    await emit(1200, 1201)
    isBroken = false
    await eventually(async () => said.length === 2)
    over.abort()
    await following
    expect(seen).toEqual(Array.from({length: 1202}, (_, n) => n))
    expect(said).toEqual(['lost', 'back 2'])
  })
})
