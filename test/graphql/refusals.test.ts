import {getIntrospectionQuery} from 'graphql'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {isProduction} from '../../src/api/tls.ts'
import {createBuckets} from '../../src/base/buckets.ts'
import {limits} from '../../src/graphql/limits.ts'
import {login} from '../../src/operations/auth.ts'
import {invoke} from '../../src/operations/invoke.ts'
import {createTokenOperation} from '../../src/operations/tokens.ts'
import {type Role, roleNames} from '../../src/users/users.ts'
import {manualClock} from '../support/manual-clock.ts'
import {startApi, type TestServer} from '../support/server.ts'
import {addUser, nobody, PASSWORD, shell} from '../support/signing-in.ts'
import {makePlace, type Place} from '../support/stores.ts'
import {addBusyCompany, type Company, type GraphqlAnswer, post} from './world.ts'

describe('/graphql refuses', () => {
  let place: Place
  let server: TestServer
  let mine: Company
  let theirs: Company
  const tokens = {} as Record<Role, string>

  beforeAll(async () => {
    place = await makePlace('sqlite')
    server = await startApi(place.env())
    mine = await addBusyCompany(server.runtime, 'Minha', 1)
    theirs = await addBusyCompany(server.runtime, 'Deles', 1)
    for (const role of roleNames) {
      const email = `${role}@example.com`
      await addUser(server.runtime, mine.tenant, email, role)
      tokens[role] = (await invoke(server.runtime, login, {email, password: PASSWORD}, nobody)).access_token
    }
  })
  afterAll(async () => {
    await server.close()
    await place.remove()
  })

  const ask = (query: string, variables?: object, token = mine.token) => post(server.url, {query, variables}, {token})
  const codes = ({errors}: GraphqlAnswer) => errors.map(({extensions}) => extensions.code)
  /** No answer tells anything of our inside. */
  const isClean = ({status, text}: GraphqlAnswer) => {
    expect(status, text).toBeLessThan(500)
    expect(text).not.toMatch(/node_modules|\.ts:\d|\bat \w+ \(|SQLITE|select .* from|INTERNAL/)
  }

  it.each([
    ['nobody', undefined],
    ['a made-up token', 'pyt_made_up'],
    ['a made-up JWT', 'a.b.c'],
  ])('%s', async (_who, token) => {
    const answer = await post(server.url, {query: '{ contacts { totalCount } }'}, {token})
    expect([answer.status, codes(answer)]).toEqual([401, ['UNAUTHORIZED']])
    expect(answer.errors[0]?.extensions.request_id).toBe(answer.headers.get('x-request-id'))
  })

  it("another tenant's ids, as if there were none", async () => {
    const [id] = theirs.conversations
    const foreign = await ask('query ($id: ID!) { conversation(id: $id) { id } }', {id})
    const made = await ask('query ($id: ID!) { conversation(id: $id) { id } }', {
      id: '0192aaaa-0000-7000-8000-0000000000ff',
    })
    expect([codes(foreign), codes(made)]).toEqual([['NOT_FOUND'], ['NOT_FOUND']])
    expect(foreign.data).toEqual({conversation: null})
    const list = await ask(
      'query ($ids: [ID!]) { conversations(ids: $ids) { totalCount } messages(conversation_id: "x") { totalCount } }',
      {ids: [id]},
    )
    expect(codes(list)).toEqual(['VALIDATION_ERROR'])
    const only = await ask('query ($ids: [ID!]) { conversations(ids: $ids) { totalCount } tenants { totalCount } }', {
      ids: [id],
    })
    expect(only.data).toEqual({conversations: {totalCount: 0}, tenants: {totalCount: 1}})
    const header = await post(
      server.url,
      {query: '{ contacts { totalCount } }'},
      {token: mine.token, headers: {'x-pytake-tenant': 'Deles'}},
    )
    expect(codes(header)).toEqual(['FORBIDDEN'])
    const sent = await ask('mutation ($id: ID) { sendMessage(input: {conversation_id: $id, text: "oi"}) { id } }', {id})
    expect(codes(sent)).toEqual(['NOT_FOUND'])
  })

  it('each role what its operation refuses to it, and gives the rest', async () => {
    const allowed: Record<string, readonly Role[]> = {
      '{ conversations { edges { node { contact { name } messages { edges { node { content } } } } } } }': roleNames,
      'mutation { sendMessage(input: {to: "+5511987650009", text: "oi"}) { id } }': ['admin', 'user', 'agent'],
      'mutation { publishFlow(input: {id: "none"}) { id } }': ['admin', 'user'],
    }
    for (const [query, roles] of Object.entries(allowed)) {
      for (const role of roleNames) {
        const answer = await ask(query, {}, tokens[role])
        const isRefused = codes(answer).includes('FORBIDDEN')
        expect(isRefused, `${role} ${query}`).toBe(!roles.includes(role))
      }
    }
    const {token} = await invoke(
      server.runtime,
      createTokenOperation,
      {name: 'n', scopes: ['conversations:read']},
      {...shell, tenant: mine.tenant},
    )
    const narrow = await ask('{ conversations { edges { node { status contact { name } } } } }', {}, token)
    expect([...new Set(codes(narrow))]).toEqual(['FORBIDDEN'])
    const bare = {node: {status: 'active', contact: null}}
    expect(narrow.data).toEqual({conversations: {edges: [bare, bare]}})
  })

  const deep = (levels: number) =>
    `{ messages { edges { node { ${'conversation { messages { edges { node { '.repeat(levels)} id ${'} } } } '.repeat(levels)} } } } }`
  const bomb = Array.from({length: 30}, (_, n) => `fragment f${n} on Query { ...f${n + 1} ...f${n + 1} }`).join('\n')

  it.each([
    ['a deep query', deep(4), /depth of 20; the limit is 12 \(depth\)/],
    [
      'a flood of aliases',
      `{ ${Array.from({length: 60}, (_, n) => `a${n}: tenants { totalCount }`).join(' ')} }`,
      /aliases: 60; the limit is 50 \(aliases\)/,
    ],
    [
      'a flood of fields',
      `{ contacts { totalCount ${'totalCount '.repeat(600)} } }`,
      /fields: 602; the limit is 500 \(fields\)/,
    ],
    [
      'a flood of fields in a fragment that nobody uses',
      `{ tenants { totalCount } } fragment f on Query { ${'tenants { totalCount } '.repeat(700)} }`,
      /fields: 1400; the limit is 500/,
    ],
    [
      'fragments that double themselves',
      `{ ...f0 }\n${bomb}\nfragment f30 on Query { tenants { totalCount } }`,
      /fields: \d{9,}; the limit is 500/,
    ],
    ['a fragment in itself', '{ ...a } fragment a on Query { ...a }', /fragment a is part of itself/],
    [
      'rows of rows',
      '{ conversations(first: 1000) { edges { node { messages(first: 100) { edges { node { id } } } } } } }',
      /cost of up to 101100; the limit is 5000 \(cost\)/,
    ],
    [
      'calls of calls',
      `{ ${Array.from({length: 50}, (_, n) => `a${n}: contact(id: "x") { id }`).join(' ')} }`,
      /cost of up to 5050; the limit is 5000/,
    ],
    [
      'a text without end',
      `{ contacts(search: "${'x'.repeat(limits.text)}") { totalCount } }`,
      /32768 characters \(text\)/,
    ],
    ['more words than anybody writes', `{ contacts { ${'a,b '.repeat(2500)} } }`, /4000 tokens/],
    ['brackets without end', `{ contacts(tag: ${'['.repeat(3500)}`, /token|deep/i],
    ['what is no query', '{ contacts {', /Syntax Error/],
    ['nothing', '', /Syntax Error/],
    ['an unknown field', '{ passwords }', /Cannot query field "passwords"/],
    ['an unknown argument', '{ contacts(where: 1) { totalCount } }', /Unknown argument "where"/],
    [
      'a variable that is not given',
      'query ($id: ID!) { contact(id: $id) { id } }',
      /"\$id" of required type "ID!" was not provided/,
    ],
    [
      'two operations without a name',
      'query a { tenants { totalCount } } query b { tenants { totalCount } }',
      /operationName/,
    ],
    ['no operation', 'fragment a on Query { tenants { totalCount } }', /a/],
    ['a subscription over HTTP', 'subscription { events { cursor } }', /WebSocket/],
    ['too many rows', '{ contacts(first: 1001) { totalCount } }', /limit/],
    ['no rows', '{ contacts(first: 0) { totalCount } }', /limit/],
    [
      'less than no rows',
      '{ conversations { edges { node { messages(first: -5) { totalCount } } } } }',
      /first: must be from 1 to 100/,
    ],
    ['a made-up cursor', '{ contacts(after: "eyJ") { totalCount } }', /after: is no cursor/],
  ])('%s', async (_what, query, words) => {
    const answer = await ask(query)
    isClean(answer)
    expect(answer.errors[0]?.message).toMatch(words)
    expect(answer.errors[0]?.extensions).toMatchObject({
      code: expect.stringMatching(/^(VALIDATION_ERROR|BAD_REQUEST)$/),
      request_id: expect.stringMatching(/^req_/),
    })
  })

  it.each([
    ['a number', {first: 'many'}],
    ['an enumeration', {order: 'sideways'}],
    ['a list', {ids: {a: 1}}],
    ['text', {tag: {__proto__: null, constructor: 1}}],
    ['nothing at all', {first: [[[[]]]]}],
  ])('a variable that should be %s', async (_what, variables) => {
    const query =
      'query ($first: Int, $order: Order, $ids: [ID!], $tag: String) { contacts(first: $first, order: $order, ids: $ids, tag: $tag) { totalCount } }'
    const answer = await ask(query, variables)
    isClean(answer)
    expect([codes(answer)[0], answer.data ?? null]).toEqual(['VALIDATION_ERROR', null])
  })

  it.each([
    [400, 'a list of queries', [{query: '{ tenants { totalCount } }'}]],
    [400, 'broken JSON', '{"query": '],
    [400, 'text', '"{ tenants { totalCount } }"'],
    [400, 'JSON without end', `${'['.repeat(70)}${']'.repeat(70)}`],
    [422, 'no query', {variables: {}}],
    [422, 'a query of another type', {query: 7}],
    [422, 'variables of another type', {query: '{ tenants { totalCount } }', variables: 'x'}],
    [422, 'fields that are not its own', {query: '{ tenants { totalCount } }', tenant: 'Deles'}],
    [413, 'more than it reads', {query: '{ tenants { totalCount } }', variables: {x: 'x'.repeat(5 * 1024 * 1024)}}],
  ])('with %i %s', async (status, _what, body) => {
    const answer = await post(server.url, body, {token: mine.token})
    isClean(answer)
    expect([answer.status, answer.data]).toEqual([status, undefined])
    expect(answer.errors[0]?.extensions.request_id).toMatch(/^req_/)
  })

  it('another kind of body, and queries in an address', async () => {
    const form = await post(server.url, 'query={tenants{totalCount}}', {
      token: mine.token,
      headers: {'content-type': 'application/x-www-form-urlencoded'},
    })
    expect(form.status).toBe(415)
    const headers = {authorization: `Bearer ${mine.token}`}
    const get = await fetch(`${server.url}/graphql?query={tenants{totalCount}}`, {headers})
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST'])
  })

  it('with 400 what asks for the answers of the newer kind, and with 200 the rest', async () => {
    const accept = {accept: 'application/graphql-response+json'}
    for (const [query, status] of [
      ['{ nothing }', 400],
      ['{ contact(id: "none") { id } }', 200],
    ] as const) {
      const older = await post(server.url, {query}, {token: mine.token})
      expect([older.status, older.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8'])
      const newer = await post(server.url, {query}, {token: mine.token, headers: accept})
      expect([newer.status, newer.headers.get('content-type')]).toEqual([
        status,
        'application/graphql-response+json; charset=utf-8',
      ])
    }
  })

  it('what the schema holds, in production and where others reach it', async () => {
    const query = getIntrospectionQuery()
    expect((await ask(query)).data).toMatchObject({__schema: {queryType: {name: 'Query'}}})
    const production = await startApi({...place.env(), PYTAKE_ENV: 'production'})
    const answers = [
      await post(production.url, {query}, {token: mine.token}),
      await post(production.url, {query: '{ __type(name: "Contact") { fields { name } } }'}, {token: mine.token}),
    ]
    for (const answer of answers) {
      isClean(answer)
      expect(answer.errors[0]?.message).toMatch(/introspection/)
      expect(answer.text).not.toContain('access_token')
    }
    const typename = await post(production.url, {query: '{ __typename tenants { totalCount } }'}, {token: mine.token})
    expect(typename.data).toEqual({__typename: 'Query', tenants: {totalCount: 1}})
    await production.close()
    expect(isProduction(server.runtime.config, {isHttpsRequired: true})).toBe(true)
    expect(isProduction(server.runtime.config)).toBe(false)
  })

  it('who asks for more than their rate, by what the query costs', async () => {
    const clock = manualClock()
    const limited = await startApi(
      {...place.env(), RATE_LIMIT_BURST: '20'},
      {buckets: createBuckets(clock, {perSecond: 1, burst: 20})},
    )
    const dear = {query: '{ contacts(first: 1000) { edges { node { id } } } }'}
    const first = await post(limited.url, dear, {token: mine.token})
    expect([first.status, first.errors, first.headers.get('x-ratelimit-remaining')]).toEqual([200, [], '9'])
    // 1,100 of cost are 11 requests, of 20.
    const second = await post(limited.url, dear, {token: mine.token})
    expect([second.status, codes(second), second.headers.get('retry-after')]).toEqual([429, ['RATE_LIMITED'], '2'])
    const cheap = await post(limited.url, {query: '{ contact(id: "none") { id } }'}, {token: mine.token})
    expect(cheap.status).toBe(200)
    clock.skip(10_000)
    expect((await post(limited.url, dear, {token: mine.token})).status).toBe(200)
    await limited.close()
  })
})
