import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, it} from 'vitest'
import {createService} from '../../src/graphql/service.ts'
import {listAudit} from '../../src/operations/audit.ts'
import {invoke} from '../../src/operations/invoke.ts'
import {operator} from '../../src/operations/principal.ts'
import {applyFlowsOperation} from '../../src/operations/flow-deploy.ts'
import {shell} from '../support/signing-in.ts'
import {startApi, type TestServer} from '../support/server.ts'
import {onBothEngines} from '../support/stores.ts'
import {counting} from './counting.ts'
import {addBusyCompany, type Company, post} from './world.ts'

const flowText = (text: string) => `
flow: menu
trigger: {type: keyword, keywords: [oi]}
nodes:
  - {id: ola, type: message, data: {text: "${text}"}}
`

interface Messages {
  edges: {node: {content: string}; cursor: string}[]
  pageInfo: {hasNextPage: boolean}
}

interface Contacts {
  edges: {node: {phone: string}; cursor: string}[]
  pageInfo: {hasNextPage: boolean; endCursor: string}
}

onBothEngines('/graphql', (place) => {
  let server: TestServer
  let mine: Company
  const ask = (query: string, variables: object = {}, token = mine.token) =>
    post(server.url, {query, variables}, {token})

  beforeAll(async () => {
    server = await startApi(place().env())
    mine = await addBusyCompany(server.runtime, 'Minha', 7)
    for (const text of ['Olá', 'Bom dia']) {
      const files = [{name: 'menu.yaml', text: flowText(text)}]
      await invoke(server.runtime, applyFlowsOperation, {files}, {...shell, tenant: mine.tenant})
    }
  })
  afterAll(() => server.close())

  it('answers rows of every kind, each with what belongs to it', async () => {
    const {data, errors} = await ask(`{
      tenants { edges { node { name limits { users } settings { timezone } } } totalCount }
      whatsappConfigs { edges { node { id name access_token access_token_set lane { state queued } } } }
      contacts(first: 3) { edges { node { phone tags attributes } cursor } pageInfo { hasNextPage endCursor } totalCount }
      flows { edges { node { flow version nodes releases { version author live people } } } }
      messages(direction: outbound, first: 1) { edges { node { content contact { phone } conversation { status } whatsapp_config { name } } } }
    }`)
    expect(errors).toEqual([])
    expect(data).toMatchObject({
      tenants: {edges: [{node: {name: 'Minha', settings: {timezone: 'America/Sao_Paulo'}}}], totalCount: 1},
      whatsappConfigs: {
        edges: [{node: {name: 'loja', access_token: null, access_token_set: false, lane: {queued: 14}}}],
      },
      contacts: {pageInfo: {hasNextPage: true}, totalCount: 7},
      flows: {
        edges: [
          {
            node: {
              flow: 'menu',
              version: 2,
              releases: [
                {version: 2, live: true, people: 0},
                {version: 1, live: false},
              ],
            },
          },
        ],
      },
      messages: {
        edges: [{node: {content: 'Tudo bem, 6?', contact: {phone: '+5511987650006'}, whatsapp_config: {name: 'loja'}}}],
      },
    })
  })

  it.each(['README.md', 'README.pt-BR.md'])('answers the example of %s', async (file) => {
    const readme = readFileSync(join(import.meta.dirname, '../..', file), 'utf8')
    const examples = [...readme.matchAll(/```graphql\n([\s\S]*?)```/g)].map(([, text = '']) => text)
    expect(examples).toHaveLength(1)
    const {data, errors} = await ask(examples[0] ?? '')
    expect(errors).toEqual([])
    expect(data).toMatchObject({conversations: {pageInfo: {hasNextPage: false}}})
  })

  it('pages through a list, from any of its cursors, in any of its orders', async () => {
    for (const order of ['asc', 'desc']) {
      const seen: string[] = []
      let after: string | null = null
      do {
        const {data, errors} = await ask(
          `query ($after: String, $order: Order) {
            contacts(first: 3, after: $after, sort: created_at, order: $order) {
              edges { node { phone } cursor } pageInfo { hasNextPage endCursor }
            }
          }`,
          {after, order},
        )
        expect(errors).toEqual([])
        const {edges, pageInfo} = data?.contacts as Contacts
        const last = edges.at(-1)?.cursor ?? ''
        seen.push(...edges.map(({node}) => node.phone))
        expect(pageInfo.endCursor).toBe(last)
        after = pageInfo.hasNextPage ? last : null
      } while (after !== null)
      const all = Array.from({length: 7}, (_, n) => `+551198765000${n}`)
      expect(seen).toEqual(order === 'asc' ? all : all.reverse())
    }
  })

  it('pages backwards too, and says what is before and after', async () => {
    const ask3 = async (args: string, variables = {}) => {
      const {data, errors} = await ask(
        `query ($at: String) { contacts(sort: created_at, order: asc, ${args}) {
          edges { node { phone } } pageInfo { hasPreviousPage hasNextPage startCursor endCursor }
        } }`,
        variables,
      )
      expect(errors).toEqual([])
      const {edges, pageInfo} = data?.contacts as Contacts & {pageInfo: Record<string, string | boolean>}
      const {hasPreviousPage, hasNextPage, startCursor} = pageInfo
      return {numbers: edges.map(({node}) => Number(node.phone.at(-1))), hasPreviousPage, hasNextPage, at: startCursor}
    }
    const last = await ask3('last: 3, before: $at')
    expect(last).toMatchObject({numbers: [4, 5, 6], hasPreviousPage: true, hasNextPage: false})
    const middle = await ask3('last: 3, before: $at', {at: last.at})
    expect(middle).toMatchObject({numbers: [1, 2, 3], hasPreviousPage: true, hasNextPage: true})
    const first = await ask3('last: 3, before: $at', {at: middle.at})
    expect(first).toMatchObject({numbers: [0], hasPreviousPage: false, hasNextPage: true})
    expect(await ask3('first: 2, after: $at', {at: first.at})).toMatchObject({numbers: [1, 2], hasPreviousPage: true})
  })

  it.each([
    ['before without last', 'before: "x"', /before: goes with last/],
    ['last and after', 'last: 1, after: "x"', /after: goes with first/],
    ['a cursor that is none', 'last: 1, before: "x"', /no cursor/],
    ['too many from the end', 'last: 1001', /limit/],
    ['more from the end than a query may cost', 'last: 1000, first: 1', /cost/, 6],
  ])('refuses %s', async (_what, args, said, times = 1) => {
    const fields = Array.from({length: times}, (_, n) => `c${n}: contacts(${args}) { edges { node { id } } }`)
    const {errors} = await ask(`{ ${fields.join(' ')} }`)
    expect((errors as {message: string}[])[0]?.message).toMatch(said)
  })

  it("goes on in a conversation's messages with the list of messages", async () => {
    const [id] = mine.conversations
    const first = await ask(
      'query ($id: ID!) { conversation(id: $id) { messages(first: 1) { edges { node { content } cursor } pageInfo { hasNextPage } } } }',
      {id},
    )
    expect(first.errors).toEqual([])
    const {edges, pageInfo} = (first.data?.conversation as {messages: Messages}).messages
    expect([edges.map(({node}) => node.content), pageInfo.hasNextPage]).toEqual([['Tudo bem, 0?'], true])
    const rest = await ask(
      'query ($id: ID, $after: String) { messages(conversation_id: $id, after: $after) { edges { node { content } } pageInfo { hasNextPage } } }',
      {id, after: edges[0]?.cursor},
    )
    expect(rest.data?.messages).toEqual({edges: [{node: {content: 'Olá 0'}}], pageInfo: {hasNextPage: false}})
    const all = await ask(
      'query ($id: ID!) { conversation(id: $id) { messages(first: 2) { pageInfo { hasNextPage } } } }',
      {id},
    )
    expect(all.data?.conversation).toEqual({messages: {pageInfo: {hasNextPage: false}}})
  })

  it('reads what belongs to the rows of a list with the same few statements, however many rows there are', async () => {
    const query = `query ($first: Int) {
      conversations(first: $first) { edges { node {
        contact { name } whatsapp_config { name }
        messages(first: 5) { edges { node { content contact { phone } conversation { status } } } }
      } } }
      flows { edges { node { releases { version } } } }
    }`
    const statementsFor = async (first: number) => {
      const counted = counting(server.runtime)
      const service = createService(counted.runtime, {isOpen: true})
      const prepared = service.prepare({query, variables: {first}})
      if ('errors' in prepared) throw new Error(String(prepared.errors))
      const context = service.context({principal: operator('ana'), tenant: mine.tenant})
      const {data, errors} = await service.run(prepared, {context, requestId: 'req_1'})
      expect(errors).toBeUndefined()
      expect((data as {conversations: {edges: unknown[]}}).conversations.edges).toHaveLength(first)
      return counted.statements()
    }
    const forTwo = await statementsFor(2)
    expect(await statementsFor(6)).toBe(forTwo)
    // Six questions, each with its tenant, its rows, their count and its line in the audit.
    expect(forTwo).toBeLessThan(60)
  })

  it('changes what the API changes, once for a key, with the same line in the audit', async () => {
    const query = `mutation ($input: SendMessageInput!, $key: String) {
      sendMessage(input: $input, idempotencyKey: $key) { id content status conversation { contact_phone } }
    }`
    const variables = {input: {to: '(11) 98765-0000', text: 'Uma vez', from: null}, key: 'k-1'}
    const [first, again] = [await ask(query, variables), await ask(query, variables)]
    expect(first.errors).toEqual([])
    expect(first.data?.sendMessage).toMatchObject({
      content: 'Uma vez',
      status: 'queued',
      conversation: {contact_phone: '+5511987650000'},
    })
    expect((again.data?.sendMessage as {id: string}).id).toBe((first.data?.sendMessage as {id: string}).id)
    const other = await ask(query, {...variables, input: {...variables.input, text: 'Duas'}})
    expect(other.errors[0]).toMatchObject({extensions: {code: 'CONFLICT'}, path: ['sendMessage']})
    const {data} = await invoke(server.runtime, listAudit, {action: 'messages.send'}, {...shell, tenant: mine.tenant})
    const mineOnly = data.filter(({resource_id: id}) => id === (first.data?.sendMessage as {id: string}).id)
    expect(mineOnly).toMatchObject([
      {action: 'messages.send', principal: expect.stringMatching(/^token:/), origin: '127.0.0.1'},
    ])
  })

  it('publishes flows, and tells each mistake as the API does', async () => {
    const query = `mutation ($files: [ApplyFlowsFilesInput!]) { applyFlows(input: {files: $files}) { data { flow action to { version } } } }`
    const done = await ask(query, {files: [{name: 'menu.yaml', text: flowText('Boa tarde')}]})
    expect(done.errors).toEqual([])
    expect(done.data?.applyFlows).toEqual({data: [{flow: 'menu', action: 'changed', to: {version: 3}}]})
    const back = await ask(
      'mutation { publishFlow(input: {id: "menu", version: 1}) { flow version shown { author } } }',
    )
    expect(back.errors).toEqual([])
    expect(back.data?.publishFlow).toMatchObject({flow: 'menu', version: 4})
    const wrong = await ask(query, {files: [{name: 'x.yaml', text: 'flow: x\nnodes: [{id: a, type: wiat}]'}]})
    expect(wrong.errors[0]?.extensions).toMatchObject({
      code: 'INVALID_FILE',
      request_id: expect.stringMatching(/^req_/),
    })
    expect(wrong.data).toEqual({applyFlows: null})
  })
})
