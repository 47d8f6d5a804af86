import {afterAll, beforeAll, expect, it} from 'vitest'
import {operations} from '../../src/operations/registry.ts'
import {type Documented, type DocumentedOperation, type Json, readDocument} from '../support/documented.ts'
import {furnish, type Furnished} from '../support/furnished.ts'
import {startApi, type TestServer} from '../support/server.ts'
import {onBothEngines} from '../support/stores.ts'

/** What every list and every creation has in common, asked of each that there is. */
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

  it('a cursor that was written by hand is refused, whatever is in it', async () => {
    const id = '0192aaaa-0000-7000-8000-00000000000e'
    const values = ['x', null, -1, 1.5, 1e300, 9e15, {}, [1], true, '\ud800']
    const ids = ['a', null, 1.5, [id], `${id}0`, {}]
    const pairs = [...values.map((value) => [value, id]), ...ids.map((one) => [1, one])]
    for (const list of lists()) {
      const sorts = (parameter(list, 'sort')?.schema as Json).enum as string[]
      for (const by of sorts) {
        for (const [value, one] of pairs) {
          const after = Buffer.from(JSON.stringify([by, 'desc', value, one])).toString('base64url')
          const {status, text} = await ask(list, `${address(list)}?sort=${by}&after=${after}`)
          const what = `${list.one.operationId as string} ${by} ${JSON.stringify([value, one])} ${text}`
          // A text is a value of a column of texts.
          if (typeof value === 'string' && !/_at$|^seq$/.test(by)) expect([200, 422], what).toContain(status)
          else expect(status, what).toBe(422)
        }
      }
    }
  })

  it.each([
    ['messages.list', 'status', 422],
    ['messages.list', 'contact', 404],
    ['messages.list', 'config', 404],
    ['conversations.list', 'status', 422],
    ['conversations.list', 'contact', 404],
    ['flows.list', 'trigger_type', 422],
    ['flowSessions.list', 'status', 422],
    ['flowSessions.list', 'flow', 404],
    ['webhooks.list', 'state', 422],
    ['webhooks.list', 'kind', 422],
    ['jobs.list', 'state', 422],
    ['hooks.deliveries', 'state', 422],
    ['hooks.deliveries', 'type', 422],
    ['events.list', 'status', 422],
    ['events.list', 'flow', 404],
    ['events.list', 'contact', 404],
  ])('%s refuses a %s that there is not with %i', async (id, filter, status) => {
    const list = documented.operations.find(({one}) => one.operationId === id) as DocumentedOperation
    const {text, ...answer} = await ask(list, `${address(list)}?${filter}=zzz`)
    expect(answer.status, text).toBe(status)
    expect(text).toContain(status === 404 ? 'zzz' : `"field":"${filter}"`)
  })

  it('a cursor of another event log is refused as what it is', async () => {
    const list = documented.operations.find(({one}) => one.operationId === 'events.list') as DocumentedOperation
    for (const query of ['after=another.5', 'since=another.5.other.6']) {
      const {status, body, text} = await ask(list, `/api/v1/events?${query}`)
      expect(status, text).toBe(422)
      expect((body.error as Json).code).toBe('CANNOT_RESUME')
    }
  })

  /** What each operation that makes or sends something is asked, and what else under the same key. */
  const phone = '+5511999990077'
  const flow = {trigger: {type: 'keyword', keywords: ['uma']}, nodes: [{id: 'a', type: 'end'}]}
  const official = {api_type: 'official', phone_number_id: '106500000077', access_token: 'x', app_secret: 'x'}
  const creations: Record<string, {body: () => object; other?: object; path?: () => string}> = {
    'contacts.add': {body: () => ({phone: '+5511999990078', name: 'Uma vez'}), other: {name: 'Outra'}},
    'messages.send': {body: () => ({to: phone, from: 'loja', text: 'Uma vez'}), other: {text: 'Outra'}},
    'messages.send_template': {
      body: () => ({to: phone, from: 'principal', name: 'uma', language: 'pt_BR'}),
      other: {name: 'outra'},
    },
    'messages.send_media': {
      body: () => ({to: phone, from: 'loja', type: 'image', media: {link: 'https://example.com/a.png'}}),
      other: {caption: 'Outra'},
    },
    'messages.resend': {body: () => ({}), path: () => `/api/v1/messages/${world.there.messages?.[0] ?? ''}/resend`},
    'tokens.create': {body: () => ({name: 'once'}), other: {name: 'twice'}},
    'users.create': {
      body: () => ({email: 'once@example.com', name: 'Once', password: 'correct horse battery'}),
      other: {name: 'Twice'},
    },
    'users.invite': {body: () => ({email: 'invited@example.com'}), other: {role: 'agent'}},
    'media.upload': {body: () => ({data: 'AAAA', mime_type: 'application/pdf'}), other: {data: 'BBBB'}},
    'tenants.create': {body: () => ({name: 'Uma vez'}), other: {name: 'Outra'}},
    'whatsapp_configs.add': {
      body: () => ({name: 'terceiro', phone_number: '+551140000077', ...official}),
      other: {name: 'quarto'},
    },
    'flows.create': {body: () => ({flow: 'uma-vez', name: 'Uma vez', ...flow}), other: {name: 'Outra'}},
    'hooks.create': {body: () => ({name: 'once', url: 'http://93.184.216.34/', types: ['*']}), other: {name: 'twice'}},
    'erp.connect': {
      body: () => ({name: 'once', api_url: 'https://erp.invalid', api_key: 'key'}),
      other: {name: 'twice'},
      path: () => '/api/v1/erp/connect/ixcsoft',
    },
    'erp.sync': {body: () => ({}), path: () => `/api/v1/erp/connections/${world.there.erp?.[0] ?? ''}/sync`},
  }
  /** These want an ERP that answers, and somebody who is inside a flow. */
  const wantsMore = new Set(['erp.ticket', 'flowSessions.redirect'])
  const made = (id: string) => documented.operations.find(({one}) => one.operationId === id) as DocumentedOperation

  it.each(
    Object.values(operations).flatMap(({id, method, status, permission}) =>
      method === 'POST' && (status === 201 || status === 202) && permission !== 'nobody' && !wantsMore.has(id)
        ? [id]
        : [],
    ),
  )('the same Idempotency-Key of %s gives the same answer, and does nothing twice', async (id) => {
    const creation = creations[id]
    expect(creation, `${id} has a line in the table above`).toBeDefined()
    if (!creation) return
    if (id === 'messages.resend') {
      const [message = ''] = world.there.messages ?? []
      await ask(made('messages.cancel'), `/api/v1/messages/${message}/cancel`, {body: {}})
    }
    const operation = made(id)
    const url = creation.path?.() ?? operation.path
    const key = `key-of-${id}`
    const rows = async () =>
      Number((await ask(made('audit.list'), `/api/v1/audit?action=${id}&limit=1000`)).body.data.length)
    const before = await rows()
    const first = await ask(operation, url, {key, body: creation.body()})
    expect([201, 202], `${id} ${first.text}`).toContain(first.status)
    const second = await ask(operation, url, {key, body: creation.body()})
    expect([second.status, second.text]).toEqual([first.status, first.text])
    if (id !== 'tenants.create') expect(await rows(), 'changes on record').toBe(before + 1)
    if (!creation.other) return
    const other = await ask(operation, url, {key, body: {...creation.body(), ...creation.other}})
    expect([other.status, other.body], other.text).toMatchObject([409, {error: {code: 'CONFLICT'}}])
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
