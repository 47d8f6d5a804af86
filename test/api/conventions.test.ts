import {afterAll, beforeAll, expect, it} from 'vitest'
import {type Documented, type DocumentedOperation, type Json, readDocument} from '../support/documented.ts'
import {furnish, type Furnished} from '../support/furnished.ts'
import {startApi, type TestServer} from '../support/server.ts'
import {onBothEngines} from '../support/stores.ts'

/** What every list and every creation has in common (specification 9.1 and 9.2), asked of each that there is. */
onBothEngines('conventions of the API', (place) => {
  let server: TestServer
  let world: Furnished
  let documented: Documented

  beforeAll(async () => {
    server = await startApi(place().env())
    world = await furnish(server.runtime)
    documented = await readDocument(server.url)
  })
  afterAll(() => server.close())

  const ask = async ({method, one}: DocumentedOperation, url: string, more: {key?: string; body?: object} = {}) => {
    const token = one['x-permission'] === 'tenants:manage' ? world.platform : world.token
    const answer = await fetch(`${server.url}${url}`, {
      method: method.toUpperCase(),
      headers: {
        authorization: `Bearer ${token}`,
        ...(more.key === undefined ? {} : {'idempotency-key': more.key}),
        ...(more.body === undefined ? {} : {'content-type': 'application/json'}),
      },
      body: more.body === undefined ? undefined : JSON.stringify(more.body),
    })
    const text = await answer.text()
    return {status: answer.status, text, body: (text === '' ? {} : JSON.parse(text)) as Json}
  }
  const parameter = ({one}: DocumentedOperation, name: string) =>
    (one.parameters as Json[]).find((each) => each.in === 'query' && each.name === name)
  const address = ({path, one}: DocumentedOperation) => {
    const [tag = ''] = one.tags as string[]
    const resource = path.includes('{conversation_id}') ? 'conversations' : tag
    return path.replace(/\{\w+\}/, world.there[resource]?.[0] ?? 'x')
  }
  const lists = () => documented.operations.filter((one) => parameter(one, 'page') && parameter(one, 'limit'))

  it('a list keeps to page, limit, sort, order and after, and says what it does not know', async () => {
    expect(lists().length).toBeGreaterThan(8)
    for (const list of lists()) {
      const url = address(list)
      const id = list.one.operationId as string
      const first = await ask(list, `${url}?limit=1`)
      expect(first.status, `${id} ${first.text}`).toBe(200)
      expect((first.body.data as unknown[]).length, id).toBeLessThanOrEqual(1)
      expect(first.body.page, id).toMatchObject({page: 1, limit: 1})
      const wrong = [
        'limit=0',
        'limit=1001',
        'limit=x',
        'page=0',
        'page=1.5',
        'order=up',
        'sort=password_hash',
        'after=x',
      ]
      for (const query of [...wrong, 'expand=secrets', 'unknown=1']) {
        const {status, text} = await ask(list, `${url}?${query}`)
        expect(status, `${id} ${query} ${text}`).toBe(422)
      }
      for (const sort of (parameter(list, 'sort')?.schema as Json).enum as string[]) {
        for (const order of ['asc', 'desc']) {
          const {status, text} = await ask(list, `${url}?sort=${sort}&order=${order}&limit=1000`)
          expect(status, `${id} ${sort} ${order} ${text}`).toBe(200)
        }
      }
    }
  })

  it('a cursor leads through a whole list, each row once', async () => {
    for (const list of lists()) {
      const url = address(list)
      const whole = (await ask(list, `${url}?limit=1000`)).body.data as Json[]
      const found: string[] = []
      for (let after = '', n = 0; n <= whole.length; n++) {
        const {body} = await ask(list, `${url}?limit=1${after}`)
        found.push(...(body.data as Json[]).map((row) => String(row.id ?? row.name)))
        if (body.page.after === null) break
        after = `&after=${encodeURIComponent(body.page.after as string)}`
      }
      const all = whole.map((row) => String(row.id ?? row.name))
      // Asking is itself told of, and the newest come first.
      if (list.one.operationId !== 'audit.list') expect(found, list.one.operationId as string).toEqual(all)
    }
  })

  it('the same Idempotency-Key gives the same answer, and does nothing twice', async () => {
    const of = (id: string) => documented.operations.find(({one}) => one.operationId === id) as DocumentedOperation
    const made: Record<string, Json> = {
      'contacts.add': {phone: '+5511999990077', name: 'Uma vez'},
      'messages.send': {to: '+5511999990077', from: 'loja', text: 'Uma vez'},
      'tokens.create': {name: 'once'},
      'users.create': {email: 'once@example.com', name: 'Once', password: 'correct horse battery'},
      'users.invite': {email: 'invited@example.com'},
      'media.upload': {data: 'AAAA', mime_type: 'application/pdf'},
      'tenants.create': {name: 'Uma vez'},
    }
    for (const [id, body] of Object.entries(made)) {
      const operation = of(id)
      const key = `key-of-${id}`
      const first = await ask(operation, operation.path, {key, body})
      expect([201, 202], `${id} ${first.text}`).toContain(first.status)
      const second = await ask(operation, operation.path, {key, body})
      expect([second.status, second.text], id).toEqual([first.status, first.text])
      const [field = '', value] = Object.entries(body)[0] as [string, string]
      const other = await ask(operation, operation.path, {
        key,
        body: {...body, [field]: field === 'data' ? 'BBBB' : `${value}1`},
      })
      expect(other.status, `${id} ${other.text}`).toBeOneOf([409, 422])
    }
    const sent = await ask(of('messages.list'), '/api/v1/messages?contact=%2B5511999990077')
    expect(sent.body.data).toHaveLength(1)
  })

  it('every POST that creates or sends takes an Idempotency-Key, but those that nobody is known for', () => {
    const creating = documented.operations.filter(({method, one}) => method === 'post' && one.security === undefined)
    expect(creating.length).toBeGreaterThan(30)
    for (const {one} of creating) {
      const names = (one.parameters as Json[]).filter((each) => each.in === 'header').map(({name}) => name as string)
      expect(names, one.operationId as string).toContain('Idempotency-Key')
    }
  })
})
