import {afterAll, beforeAll, expect, it} from 'vitest'
import {listContacts} from '../../src/operations/contacts.ts'
import {invoke} from '../../src/operations/invoke.ts'
import {createTokenOperation} from '../../src/operations/tokens.ts'
import {toJson} from '../../src/store/columns.ts'
import {addCompany, shell} from '../support/signing-in.ts'
import {startApi, type TestServer} from '../support/server.ts'
import {onBothEngines} from '../support/stores.ts'

const controls = Array.from({length: 31}, (_, n) => String.fromCharCode(n + 1)).join('')

/** Whatever a text may hold that JSON or a mark between columns could be mistaken for. */
const names = [
  null,
  '',
  'Ana "Lu" \\ Souza',
  `${controls}\u007f`,
  '\u001f1790000000000\u001f',
  '👩‍👩‍👧 \u2028\u2029 \u202e',
  "'); drop table contacts; --",
  '{"id":"x"}',
]
const attributes = [
  null,
  {},
  {plan: 'a "b" \\', seats: 1.5, since: null, good: true, deep: {list: [1, [2]]}, 9: 'nine'},
]
const tags = [null, [], ['vip'], ['a "quoted" one', 'ção', ',', '\\']]
const times = [0, 1, 999, 86_399_999, 1_790_000_000_123, 4_102_444_800_000]

onBothEngines('contacts listed as text', (place) => {
  let server: TestServer
  let tenant: string
  let token: string

  beforeAll(async () => {
    server = await startApi(place().env())
    const {runtime} = server
    tenant = await addCompany(runtime, 'Texts')
    ;({token} = await invoke(runtime, createTokenOperation, {name: 'reader'}, {...shell, tenant}))
    const rows = Array.from({length: 48}, (_, n) => ({
      id: runtime.ids.next(),
      tenant_id: tenant,
      phone: n % 5 === 0 ? null : `+55119${10_000_000 + n}`,
      name: names[n % names.length] ?? null,
      email: n % 3 === 0 ? `"o'brien${n}"@example.com` : null,
      tags: tags[n % tags.length] ?? null,
      attributes: attributes[n % attributes.length] === null ? null : toJson(attributes[n % attributes.length]),
      opted_in: n % 2 === 0,
      created_at: new Date(times[n % times.length] ?? 0),
      updated_at: new Date(times[(n + 1) % times.length] ?? 0),
    }))
    await runtime.stores.tenant(tenant).write((tx) => tx.insert('contacts', rows))
  })
  afterAll(() => server.close())

  const ask = async (query: string) => {
    const answer = await fetch(`${server.url}/api/v1/contacts?${query}`, {headers: {authorization: `Bearer ${token}`}})
    const text = await answer.text()
    expect(answer.status, text).toBe(200)
    return JSON.parse(text) as {data: {id: string}[]; page: {after: string | null}}
  }
  const audited = async () => {
    const [row] = await server.runtime.stores
      .tenant(tenant)
      .read((db) => db.selectFrom('audit_log').selectAll().orderBy('id', 'desc').limit(1).execute())
    return row?.after as {rows: string[]}
  }

  it.each([
    'limit=1000',
    'limit=7',
    'limit=7&page=3',
    'limit=7&page=99',
    'sort=updated_at&order=asc&limit=20',
    'tag=vip&limit=5',
    'opted_in=false&count=true&limit=5',
    'search=souza&limit=5',
    'search=nobody',
  ])('are what the rows say: %s', async (query) => {
    const {runtime} = server
    const input = Object.fromEntries(new URLSearchParams(query))
    const told = await ask(query)
    // Who has read whom is kept.
    expect((await audited()).rows).toEqual(told.data.map(({id}) => id))
    expect(told).toEqual(await invoke(runtime, listContacts, input, {...shell, tenant}))
  })

  it('are all there page by page', async () => {
    const seen: string[] = []
    for (let after: string | null = ''; after !== null;) {
      const {data, page} = await ask(`limit=5${after === '' ? '' : `&after=${after}`}`)
      seen.push(...data.map(({id}) => id))
      after = page.after
    }
    expect(new Set(seen).size).toBe(48)
    expect(seen.length).toBe(48)
  })

  it('have an ETag that says when nothing was changed', async () => {
    const get = (headers: Record<string, string>) =>
      fetch(`${server.url}/api/v1/contacts`, {headers: {authorization: `Bearer ${token}`, ...headers}})
    const first = await get({})
    await first.text()
    const again = await get({'if-none-match': first.headers.get('etag') ?? ''})
    expect(again.status).toBe(304)
  })
})
