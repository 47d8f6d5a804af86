import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {invoke} from '../../src/operations/invoke.ts'
import {applyFlowsOperation} from '../../src/operations/flow-deploy.ts'
import {shell} from '../support/signing-in.ts'
import {startApi, type TestServer} from '../support/server.ts'
import {onBothEngines} from '../support/stores.ts'
import {addBusyCompany, type Company, post} from './world.ts'

const flowText = (text: string) => `
flow: menu
trigger: {type: keyword, keywords: [oi]}
nodes:
  - {id: ola, type: message, data: {text: "${text}"}}
`

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
        const {edges, pageInfo} = data?.contacts as any
        seen.push(...edges.map((edge: any) => edge.node.phone))
        expect(pageInfo.endCursor).toBe(edges.at(-1).cursor)
        after = pageInfo.hasNextPage ? edges.at(-1).cursor : null
      } while (after !== null)
      const all = Array.from({length: 7}, (_, n) => `+551198765000${n}`)
      expect(seen).toEqual(order === 'asc' ? all : all.reverse())
    }
  })
})
