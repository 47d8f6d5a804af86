import {afterAll, beforeAll, expect, it} from 'vitest'
import {addContact} from '../../src/operations/contacts.ts'
import {invoke} from '../../src/operations/invoke.ts'
import {createTokenOperation} from '../../src/operations/tokens.ts'
import {startApi, type TestServer} from '../support/server.ts'
import {addCompany, addUser, shell} from '../support/signing-in.ts'
import {onBothEngines} from '../support/stores.ts'

const ROUNDS = 8

onBothEngines('edits of one moment that rest on the same state', (place) => {
  let servers: TestServer[]
  let token: string
  let tenant: string
  const ask = (n: number, method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
    fetch(`${servers[n % servers.length]?.url}/api/v1${path}`, {
      method,
      headers: {authorization: `Bearer ${token}`, ...(body && {'content-type': 'application/json'}), ...headers},
      body: body && JSON.stringify(body),
    })

  beforeAll(async () => {
    // Two nodes on one store.
    servers = [await startApi(place().env()), await startApi(place().env())]
    const [{runtime}] = servers as [TestServer]
    tenant = await addCompany(runtime, 'Uma')
    token = (await invoke(runtime, createTokenOperation, {name: 'a'}, {...shell, tenant})).token
    await invoke(runtime, addContact, {phone: '+5511987650001', name: 'Maria'}, {...shell, tenant})
    await addUser(runtime, tenant, 'ana@example.com')
    await ask(0, 'POST', '/flows', definition('um'))
  })
  afterAll(() => Promise.all(servers.map((server) => server.close())))

  const definition = (text: string) => ({
    ...{flow: 'um', name: 'Um', trigger: {type: 'keyword', keywords: ['um']}},
    nodes: [{id: 'a', type: 'message', data: {text}}],
  })

  it.each<[string, () => string, (n: string) => object]>([
    ['a contact', () => '/contacts/%2B5511987650001', (name) => ({name})],
    ['a contact by id and by number', () => '/contacts/%2B5511987650001', (name) => ({name})],
    ['a user, whose row is in control', () => '/users/ana@example.com', (name) => ({name})],
    ['a tenant', () => `/tenants/${tenant}`, (name) => ({name})],
    ['a draft', () => '/flows/um', (text) => definition(text)],
  ])(
    'of %s: one goes through, the other is told',
    async (what, path, change) => {
      const shown = (await (await ask(0, 'GET', path())).json()) as {id: string}
      const other = what.includes('by id') ? `/contacts/${shown.id}` : path()
      for (let round = 0; round < ROUNDS; round++) {
        const tag = (await ask(0, 'GET', path())).headers.get('etag') ?? ''
        const answers = await Promise.all(
          [path(), other].map((address, n) => ask(n, 'PUT', address, change(`${round} ${n}`), {'if-match': tag})),
        )
        expect(answers.map(({status}) => status).sort(), `round ${round}`).toEqual([200, 412])
        const winner = answers.find(({status}) => status === 200)
        expect((await ask(1, 'GET', path())).headers.get('etag')).toBe(winner?.headers.get('etag'))
      }
    },
    30_000,
  )

  it('counts an edit without a condition too', async () => {
    const path = '/contacts/%2B5511987650001'
    for (let round = 0; round < ROUNDS; round++) {
      const tag = (await ask(0, 'GET', path)).headers.get('etag') ?? ''
      const [plain, careful] = await Promise.all([
        ask(0, 'PUT', path, {name: `plain ${round}`}),
        ask(1, 'PUT', path, {name: `careful ${round}`}, {'if-match': tag}),
      ])
      expect(plain.status).toBe(200)
      expect([200, 412]).toContain(careful.status)
      // Whoever was told that it went through was there first, and was then written over by who did not ask.
      expect(await (await ask(1, 'GET', path)).json()).toMatchObject({name: `plain ${round}`})
    }
  }, 30_000)

  it('answers a repeat under the same Idempotency-Key as the first time, though the state is another one by now', async () => {
    const path = '/contacts/%2B5511987650001'
    const tag = (await ask(0, 'GET', path)).headers.get('etag') ?? ''
    const edit = (n: number) => ask(n, 'PUT', path, {name: 'Once'}, {'if-match': tag, 'idempotency-key': 'edit'})
    const [first, again] = [await edit(0), await edit(1)]
    expect([first.status, again.status]).toEqual([200, 200])
    expect(await again.json()).toEqual(await first.json())
    expect((await ask(0, 'PUT', path, {name: 'Twice'}, {'if-match': tag, 'idempotency-key': 'other'})).status).toBe(412)
    await ask(0, 'POST', '/flows', {...definition('dois'), flow: 'dois'})
    const drafted = (await ask(0, 'GET', '/flows/dois')).headers.get('etag') ?? ''
    const remove = () => ask(0, 'DELETE', '/flows/dois', undefined, {'if-match': drafted, 'idempotency-key': 'removal'})
    expect([(await remove()).status, (await remove()).status]).toEqual([204, 204])
  })

  it('refuses an edit that would change nothing when its author saw another state', async () => {
    const path = '/contacts/%2B5511987650001'
    expect((await ask(0, 'PUT', path, {}, {'if-match': '"another"'})).status).toBe(412)
    const removed = await ask(0, 'DELETE', '/flows/um', undefined, {'if-match': '"another"'})
    expect(removed.status).toBe(412)
    expect((await ask(0, 'GET', '/flows/um')).status).toBe(200)
  })
})
