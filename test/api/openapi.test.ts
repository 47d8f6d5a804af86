import {Validator} from '@seriousme/openapi-schema-validator'
import {Ajv2020} from 'ajv/dist/2020.js'
import {Script} from 'node:vm'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {docsPage, docsScript} from '../../src/api/docs-page.ts'
import {invoke} from '../../src/operations/invoke.ts'
import {operations} from '../../src/operations/registry.ts'
import {createTokenOperation} from '../../src/operations/tokens.ts'
import {startServer} from '../../src/server.ts'
import {type Documented, type Json, readDocument} from '../support/documented.ts'
import {startApi, type TestServer} from '../support/server.ts'
import {addCompany, addUser, shell} from '../support/signing-in.ts'
import {makePlace, type Place} from '../support/stores.ts'

describe('the OpenAPI document', () => {
  let place: Place
  let server: TestServer
  let documented: Documented
  let document: Json
  let token: string
  const ajv = new Ajv2020({strict: false, validateFormats: false})

  beforeAll(async () => {
    place = await makePlace('sqlite')
    server = await startApi(place.env())
    const tenant = await addCompany(server.runtime, 'Uma')
    await addUser(server.runtime, tenant, 'ana@example.com')
    token = (await invoke(server.runtime, createTokenOperation, {name: 'a'}, {...shell, tenant})).token
    documented = await readDocument(server.url)
    document = documented.document
  })
  afterAll(async () => {
    await server.close()
    await place.remove()
  })

  const all = () => documented.operations
  const problems = (path: string, method: string, status: number, body: unknown) =>
    documented.problemOf({path, method}, {status, type: 'application/json', text: JSON.stringify(body)})

  it('has every operation once, with what its path names, and schemas that are schemas', () => {
    expect(document.openapi).toBe('3.1.0')
    expect(
      all()
        .map(({one}) => one.operationId)
        .sort(),
    ).toEqual(
      Object.values(operations)
        .map(({id}) => id)
        .sort(),
    )
    for (const {path, method, one} of all()) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const inPath = (one.parameters as Json[]).filter((parameter) => parameter.in === 'path').map(({name}) => name)
      expect(inPath.sort(), path).toEqual(named.sort())
      for (const {name, schema} of one.parameters as Json[])
        expect(ajv.validateSchema(schema), `${path} ${name}`).toBe(true)
      const body = one.requestBody?.content['application/json'].schema
      if (body) expect(ajv.validateSchema(body), path).toBe(true)
      for (const [status, {content}] of Object.entries(one.responses as Json)) {
        for (const {schema} of Object.values((content ?? {}) as Json)) {
          expect(ajv.validateSchema(schema as Json), `${method} ${path} ${status}`).toBe(true)
        }
      }
    }
  })

  it('is one to a validator that is not ours, and every reference in it leads somewhere', async () => {
    const validator = new Validator()
    const {valid, errors} = await validator.validate(structuredClone(document))
    expect(valid, JSON.stringify(errors)).toBe(true)
    expect(validator.version).toBe('3.1')
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#([^"]*)"/g)].map(([, ref = '']) => ref)
    expect(new Set(refs).size).toBeGreaterThan(1)
    for (const ref of refs) {
      const found = ref
        .split('/')
        .slice(1)
        .reduce<unknown>((value, part) => (value as Json | undefined)?.[part], document)
      expect(found, ref).toBeDefined()
    }
  })

  it('says what lists without a condition and who asks answer, and what is refused', async () => {
    const headers = {authorization: `Bearer ${token}`}
    const gets = all().filter(({path, method}) => method === 'get' && !path.includes('{'))
    expect(gets.length).toBeGreaterThan(10)
    for (const {path, one} of gets) {
      const answer = await fetch(`${server.url}${path}`, {headers})
      expect(problems(path, 'get', answer.status, await answer.json()), path).toBe('')
      if (one.operationId === 'auth.methods') continue
      const refused = await fetch(`${server.url}${path}`)
      expect(refused.status, path).toBe(401)
      expect(problems(path, 'get', 401, await refused.json()), path).toBe('')
    }
  })

  it('holds for nonsense sent to every operation: a documented refusal, never a 500', async () => {
    const nonsense = [{}, {x: 1}, {name: {}, id: [], email: "' OR 1=1 --", limit: -1, text: 'x'.repeat(5000)}]
    for (const {path, method, one} of all()) {
      if (one.operationId === 'auth.logout') continue
      for (const body of nonsense) {
        const address = path.replace(/\{\w+\}/g, encodeURIComponent("../'<script>"))
        const hasBody = method === 'post' || method === 'put'
        const answer = await fetch(`${server.url}${address}`, {
          method: method.toUpperCase(),
          headers: {authorization: `Bearer ${token}`, 'content-type': 'application/json'},
          body: hasBody ? JSON.stringify(body) : undefined,
        })
        const text = await answer.text()
        expect(answer.status, `${method} ${path} ${text}`).toBeLessThan(500)
        if (answer.status === 204) continue
        expect(problems(path, method, answer.status, JSON.parse(text)), `${method} ${path} ${answer.status}`).toBe('')
      }
    }
  })

  it('names what providers call, where they are listened to, and what they are answered', async () => {
    const listening = await startServer(server.runtime, {
      host: '127.0.0.1',
      port: 0,
      only: ['api', 'webhooks'],
      insecureWebhooks: false,
    })
    const {url} = listening
    const told = await readDocument(url)
    const own = told.operations.filter(({one}) => (one.tags as string[]).includes('webhook'))
    expect(own.map(({path, method}) => `${method} ${path.replace('/api/v1/whatsapp/webhook', '')}`)).toEqual([
      ...['get ', 'post ', 'get /{config_id}', 'post /{config_id}', 'post /{config_id}/{event}'],
    ])
    expect((await new Validator().validate(structuredClone(told.document))).valid).toBe(true)
    for (const {path, method} of own) {
      for (const [type, body] of [
        ['application/json', '{}'],
        ['application/json', '{"a":'],
        ['application/json', '['.repeat(100) + ']'.repeat(100)],
        ['text/plain', 'x'],
      ] as const) {
        const sent = method === 'post' ? {headers: {'content-type': type}, body} : {}
        const answer = await fetch(`${url}${path.replace(/\{\w+\}/g, 'x')}`, {method: method.toUpperCase(), ...sent})
        const seen = {status: answer.status, type: answer.headers.get('content-type') ?? '', text: await answer.text()}
        if (seen.type.startsWith('text/plain')) seen.text = JSON.stringify(seen.text)
        expect(told.problemOf({path, method}, seen), `${method} ${path} ${body} ${seen.text}`).toBe('')
      }
    }
    await listening.stop()
  })

  it('tells what is answered to who has the newest state already', async () => {
    const headers = {authorization: `Bearer ${token}`}
    const first = await fetch(`${server.url}/api/v1/contacts`, {headers})
    const etag = first.headers.get('etag') ?? ''
    const again = await fetch(`${server.url}/api/v1/contacts`, {headers: {...headers, 'if-none-match': etag}})
    expect(again.status).toBe(304)
    const answer = {status: 304, type: '', text: await again.text()}
    expect(documented.problemOf({path: '/api/v1/contacts', method: 'get'}, answer)).toBe('')
  })

  it('has a page that needs nothing from elsewhere and may call nowhere else', async () => {
    const page = await fetch(`${server.url}/docs`)
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'")
    const html = await page.text()
    expect(html + docsScript).not.toMatch(/https?:\/\//)
    const wanted = [...docsPage.matchAll(/(?:src|href)="(\/[^"]*)"/g)].map(([, path = '']) => path)
    for (const path of wanted) expect((await fetch(`${server.url}${path}`)).status, path).toBe(200)
    // Its language is JavaScript; that it can be parsed is what can be told without a browser.
    expect(() => new Script(`(async () => {${docsScript}})`)).not.toThrow()
  })
})
