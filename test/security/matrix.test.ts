import {Ajv2020} from 'ajv/dist/2020.js'
import {afterAll, beforeAll, expect, it} from 'vitest'
import {operations} from '../../src/operations/registry.ts'
import {digestOf} from '../support/digest.ts'
import {type Documented, type DocumentedOperation, type Json, readDocument} from '../support/documented.ts'
import {furnish, type Furnished} from '../support/furnished.ts'
import {startApi, type TestServer} from '../support/server.ts'
import {PASSWORD} from '../support/signing-in.ts'
import {onBothEngines} from '../support/stores.ts'

const NOWHERE = '0192aaaa-0000-7000-8000-00000000000e'
const fragments = [
  "' OR '1'='1",
  '1; DROP TABLE contacts; --',
  '" UNION SELECT * FROM users --',
  '<script>alert(1)</script>',
  '${7*7}{{7*7}}',
  '../../../../etc/passwd',
  '..\\..\\control.db',
]
const wrongTypes = [7, 'text', true, [], {}, [{}], {x: 1}, null]

/** Every operation against what is there: it is refused as the specification says, and nothing is touched. */
onBothEngines('bad input', (place) => {
  let server: TestServer
  let mine: Furnished
  let theirs: Furnished
  let documented: Documented
  let before: Record<string, string>
  const ajv = new Ajv2020({strict: false, validateFormats: false})

  beforeAll(async () => {
    server = await startApi(place().env())
    mine = await furnish(server.runtime, 'Minha', '+5511999990001')
    theirs = await furnish(server.runtime, 'Deles', '+5511999990002')
    documented = await readDocument(server.url)
    ajv.addSchema({$id: 'doc', ...documented.document})
    before = await digestOf(server.runtime, [mine.tenant, theirs.tenant])
  })
  afterAll(() => server.close())

  const untouched = async () => {
    expect(await digestOf(server.runtime, [mine.tenant, theirs.tenant])).toEqual(before)
  }
  const tokenFor = ({one}: DocumentedOperation) =>
    one['x-permission'] === 'tenants:manage' ? mine.platform : mine.token
  /** The address with ids of what is there, `of` one of the two, or with the text given. */
  const address = ({path, one}: DocumentedOperation, of: Furnished | string) =>
    path.replace(/\{(\w+)\}/g, (_, name: string) => {
      if (name === 'erp_type') return 'ixcsoft'
      if (typeof of === 'string') return encodeURIComponent(of)
      const [tag = ''] = one.tags as string[]
      const resource = name === 'conversation_id' ? 'conversations' : tag
      return encodeURIComponent(of.there[resource]?.[0] ?? NOWHERE)
    })
  const ask = async (operation: DocumentedOperation, url: string, more: {body?: string; type?: string} = {}) => {
    const answer = await fetch(`${server.url}${url}`, {
      method: operation.method.toUpperCase(),
      headers: {
        authorization: `Bearer ${tokenFor(operation)}`,
        ...(more.body === undefined ? {} : {'content-type': more.type ?? 'application/json'}),
      },
      body: more.body,
    })
    return {status: answer.status, text: await answer.text()}
  }
  const bodyOf = ({one}: DocumentedOperation) => one.requestBody?.content['application/json'].schema as Json | undefined
  const withBody = () => documented.operations.filter((operation) => bodyOf(operation))
  const whole = (schema: Json) => ({...schema, components: documented.document.components as Json})
  const propertiesOf = (operation: DocumentedOperation) =>
    Object.entries((bodyOf(operation)?.properties ?? {}) as Record<string, Json>)

  it('of a wrong type is 422, field by field', async () => {
    let tried = 0
    for (const operation of withBody()) {
      for (const [field, schema] of propertiesOf(operation)) {
        const fits = ajv.compile(whole(schema))
        for (const value of wrongTypes.filter((one) => !fits(one))) {
          const body = JSON.stringify({[field]: value})
          const {status, text} = await ask(operation, address(operation, mine), {body})
          expect(status, `${operation.one.operationId} ${body} ${text}`).toBe(422)
          tried++
        }
      }
    }
    expect(tried).toBeGreaterThan(500)
    await untouched()
  })

  it('with a field too many is 422, also one that the address names', async () => {
    for (const operation of withBody()) {
      const named = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
      for (const field of ['tenant_id', 'is_admin', '__proto__', 'constructor', ...named]) {
        const body = `{${JSON.stringify(field)}: ${JSON.stringify(theirs.tenant)}}`
        const {status, text} = await ask(operation, address(operation, mine), {body})
        expect([400, 422], `${operation.one.operationId} ${body} ${text}`).toContain(status)
      }
    }
    await untouched()
  })

  it('longer than a field is 422, than a body 413, than an address 400', async () => {
    for (const operation of withBody()) {
      for (const [field, {maxLength}] of propertiesOf(operation)) {
        if (maxLength === undefined || Number(maxLength) > 1_000_000) continue
        const body = JSON.stringify({[field]: 'x'.repeat(Number(maxLength) + 1)})
        const {status, text} = await ask(operation, address(operation, mine), {body})
        expect(status, `${operation.one.operationId} ${field} ${text}`).toBe(422)
      }
    }
    const login = documented.operations.find(({one}) => one.operationId === 'auth.login')
    const contact = documented.operations.find(({one}) => one.operationId === 'contacts.show')
    if (!login || !contact) throw new Error('Two operations are gone.')
    expect((await ask(login, login.path, {body: `"${'x'.repeat(4 * 1024 * 1024)}"`})).status).toBe(413)
    for (const length of [501, 20_000]) {
      expect((await ask(contact, address(contact, 'x'.repeat(length)))).status).toBe(400)
    }
    await untouched()
  })

  it('of another kind than JSON is 415, and JSON that is none 400', async () => {
    for (const operation of withBody()) {
      const url = address(operation, mine)
      for (const type of ['text/plain', 'application/xml', 'multipart/form-data; boundary=x']) {
        expect((await ask(operation, url, {type, body: '{}'})).status, `${operation.one.operationId} ${type}`).toBe(415)
      }
      for (const body of ['{', '{"a":}', "{'a': 1}", '[]', 'null', '7', '\u0000']) {
        expect((await ask(operation, url, {body})).status, `${operation.one.operationId} ${body}`).toBe(400)
      }
    }
    await untouched()
  })

  it('with SQL, a script or a way out of a folder for an id finds nothing', async () => {
    for (const operation of documented.operations.filter(({path}) => path.replace('{erp_type}', '').includes('{'))) {
      for (const fragment of fragments) {
        const {status, text} = await ask(operation, address(operation, fragment), bodyOf(operation) && {body: '{}'})
        // Which one says what is wrong with it: that there is no such thing, or that nothing is called that.
        expect([404, 422], `${operation.one.operationId} ${fragment} ${text}`).toContain(status)
        expect(text).not.toContain('root:')
      }
    }
    for (const operation of documented.operations.filter(({method}) => method === 'get')) {
      for (const {name, in: place} of operation.one.parameters as Json[]) {
        if (place !== 'query') continue
        for (const fragment of fragments) {
          const query = new URLSearchParams({[name as string]: fragment})
          const {status, text} = await ask(operation, `${address(operation, NOWHERE)}?${query.toString()}`)
          expect([200, 404, 422], `${operation.one.operationId} ${query.toString()} ${text}`).toContain(status)
          if (status === 200 && !['search', 'q', 'name'].includes(name as string))
            expect(text).not.toContain(theirs.tenant)
        }
      }
    }
    const after = await digestOf(server.runtime, [mine.tenant, theirs.tenant])
    // That something was read may be told of; nothing else.
    const log = `${mine.tenant} audit_log`
    expect({...after, [log]: ''}).toEqual({...before, [log]: ''})
    before = after
  })

  it("that names what is another tenant's finds as little as what is not there, in the same words", async () => {
    let compared = 0
    for (const operation of documented.operations) {
      const [tag = ''] = operation.one.tags as string[]
      const resource = operation.path.includes('{conversation_id}') ? 'conversations' : tag
      const id = tag === 'tenants' ? theirs.tenant : theirs.there[resource]?.[0]
      if (!/\{(id|conversation_id)\}/.test(operation.path) || id === undefined || !/^[0-9a-f-]{36}$/.test(id)) continue
      // What an ERP calls its things belongs to no tenant of ours.
      if (operation.one['x-permission'] === 'tenants:manage' || operation.path.includes('{erp_type}')) continue
      const words = []
      for (const one of [id, NOWHERE]) {
        const {status, text} = await ask(operation, address(operation, one), bodyOf(operation) && {body: '{}'})
        expect([404, 422], `${operation.one.operationId} ${text}`).toContain(status)
        words.push(text.replaceAll(one, 'ID').replace(/req_[\w-]+/, ''))
      }
      expect(words[0], operation.one.operationId as string).toBe(words[1])
      compared++
    }
    expect(compared).toBeGreaterThan(30)
    for (const name of ['Deles', 'Ninguem']) {
      const answer = await fetch(`${server.url}/api/v1/tenants/${name}`, {
        headers: {authorization: `Bearer ${mine.token}`},
      })
      expect(await answer.text()).toContain(`Tenant \\"${name}\\" was not found.`)
    }
    await untouched()
  })

  it("and in a body: another tenant's conversation, person, number, file or user", async () => {
    const {there} = theirs
    const of = (id: string) => documented.operations.find(({one}) => one.operationId === id) as DocumentedOperation
    const media = (sha256: string | undefined) => ({
      to: '+5511999990009',
      from: 'loja',
      type: 'document',
      media: {sha256},
    })
    const tries: [string, object, object][] = [
      ['messages.send', {conversation_id: there.conversations?.[0], text: 'x'}, {conversation_id: NOWHERE, text: 'x'}],
      [
        'messages.send',
        {to: '+5511999990009', from: there.whatsapp_configs?.[0], text: 'x'},
        {to: '+5511999990009', from: NOWHERE, text: 'x'},
      ],
      [
        'messages.send',
        {to: '+5511999990009', from: 'loja', text: 'x', reply_to: there.messages?.[0]},
        {to: '+5511999990009', from: 'loja', text: 'x', reply_to: NOWHERE},
      ],
      ['messages.send_media', media(there.media?.[0]), media('0'.repeat(64))],
      [
        'auth.register',
        {token: theirs.token, name: 'x', password: PASSWORD},
        {token: 'x', name: 'x', password: PASSWORD},
      ],
    ]
    for (const [id, theirOne, none] of tries) {
      const words = []
      for (const body of [theirOne, none]) {
        const {status, text} = await ask(of(id), of(id).path, {body: JSON.stringify(body)})
        expect([400, 401, 403, 404, 422], `${id} ${text}`).toContain(status)
        words.push(text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID').replace(/req_[\w-]+/, ''))
      }
      expect(words[0], id).toBe(words[1])
    }
    await untouched()
  })

  it("takes as long for another tenant's as for nothing", async () => {
    for (const path of [`/tenants/`, '/users/', '/contacts/', '/conversations/', '/whatsapp-configs/']) {
      const resource = path.replaceAll('/', '').replace('-', '_')
      const id = resource === 'tenants' ? theirs.tenant : theirs.there[resource]?.[0]
      const times: Record<string, number[]> = {theirs: [], none: []}
      for (let n = 0; n < 120; n++) {
        for (const [who, one] of [
          ['theirs', id],
          ['none', NOWHERE],
        ] as const) {
          const from = performance.now()
          const {status} = await fetch(`${server.url}/api/v1${path}${one}`, {
            headers: {authorization: `Bearer ${mine.token}`},
          })
          times[who]?.push(performance.now() - from)
          expect(status, path).toBe(404)
        }
      }
      const middle = (values: number[] = []) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
      const ratio = middle(times.theirs) / middle(times.none)
      expect(ratio, `${path} ${ratio}`).toBeGreaterThan(0.6)
      expect(ratio, `${path} ${ratio}`).toBeLessThan(1.6)
    }
  })

  it('covers every operation that there is', () => {
    expect(documented.operations.length).toBe(Object.keys(operations).length)
  })
})
