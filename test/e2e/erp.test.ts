import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, it} from 'vitest'
import {addConnection} from '../../src/erp/connections.ts'
import {erpCredentials} from '../../src/sandbox/erp/provider.ts'
import {known} from '../../src/sandbox/erp/people.ts'
import {onBothEngines} from '../support/stores.ts'
import {eventually, openWorld, PHONE_NUMBER_ID, type World} from '../support/world.ts'

const template = (name: string) => readFileSync(join(import.meta.dirname, '../../templates/flows', name), 'utf8')

const ticket = `
flow: chamado
trigger: {type: keyword, keywords: [chamado]}
nodes:
  - id: abre
    type: erp
    data: {connection: mk, operation: ticket, with: {customer: "31", title: Teste, text: "Sem luz."}, save_as: c, timeout: 1s}
    next:
      - {if: "outcome == 'unknown'", to: duvida}
      - {if: "outcome != 'found'", to: falha}
      - aberto
  - {id: aberto, type: message, data: {text: "Protocolo {{ vars.c.protocol }}"}}
  - {id: duvida, type: message, data: {text: "Dúvida {{ vars.c.reference }}"}}
  - {id: falha, type: message, data: {text: "Falha {{ vars.c.code }}"}}
`
const ask = `
flow: procura
trigger: {type: keyword, keywords: [procura]}
nodes:
  - {id: pede, type: message, data: {text: "CPF?"}, next: ouve}
  - {id: ouve, type: wait, data: {save_as: cpf}, next: acha}
  - id: acha
    type: erp
    data: {connection: ixc, operation: customer, with: {document: "{{ vars.cpf }}"}, save_as: c}
    next:
      - {if: "outcome == 'found' && vars.c.verified", to: dele}
      - {if: "outcome == 'found'", to: alheio}
      - {if: "outcome == 'many'", to: varios}
      - {if: "outcome == 'error'", to: erro}
      - {if: "outcome != 'found'", to: nada}
  - {id: dele, type: message, data: {text: "Olá {{ vars.c.name }}"}}
  - {id: alheio, type: message, data: {text: "De outro"}}
  - {id: varios, type: message, data: {text: "Há {{ vars.c.customers | size }}"}}
  - {id: erro, type: message, data: {text: "Erro {{ vars.c.code }}"}}
  - {id: nada, type: message, data: {text: "Nada"}}
`

onBothEngines('flows that ask an ERP', (place) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(place())
    const {runtime, db, sandbox} = world
    const {ixcsoft, mksolutions} = erpCredentials
    const at = {api_url: sandbox.erpUrl, allow_private_network: true}
    const ixc = {
      id: runtime.ids.next(),
      erp_type: 'ixcsoft',
      name: 'ixc',
      api_key: ixcsoft.token,
      is_default: true,
    } as const
    await addConnection(runtime, db, {...at, ...ixc})
    const mk = {id: runtime.ids.next(), erp_type: 'mksolutions', name: 'mk', api_key: mksolutions.token} as const
    const settings = {ticket_process: '1', ticket_class: '1'}
    await addConnection(runtime, db, {...at, ...mk, api_secret: mksolutions.password, settings})
    await world.apply(ticket, ask, template('segunda-via-erp.yaml'), template('sem-conexao-erp.yaml'))
  })
  afterAll(() => world.close())

  const person = (phone: string, name: string) => world.sandbox.customer({phone, name, via: PHONE_NUMBER_ID})
  const texts = (someone: {received: readonly {text?: string}[]}) => someone.received.map(({text}) => text)

  it('send the second copy with its PIX code to the customer they know by the telephone', async () => {
    const maria = person('5547999990001', 'Maria')
    maria.say('meu boleto')
    await maria.waitFor(1, 5000)
    maria.say(known.active)
    await maria.waitFor(3, 10_000)
    const [, shown, pix] = texts(maria)
    expect(shown).toContain('Maria, a sua fatura de R$ 119,90')
    expect(pix).toMatch(/^000201.*6304[0-9A-F]{4}$/)
    const rows = await world.db.read((q) => q.selectFrom('events').select('data').execute())
    expect(JSON.stringify(rows)).not.toContain('pppoe')
  })

  it('tell customers from people who type the document of another one', async () => {
    const other = person('5547988880000', 'Outra')
    const lines: [string, string][] = [
      [known.active, 'De outro'],
      [known.twice, 'Há 2'],
      [known.unknown, 'Nada'],
      ['52998224724', 'Erro bad_input'],
      // Asked for again it is no other document.
      [known.active, 'De outro'],
    ]
    let count = 0
    for (const [document, answer] of lines) {
      other.say('procura')
      await other.waitFor(++count, 5000)
      other.say(document)
      await other.waitFor(++count, 5000)
      expect(texts(other).at(-1)).toBe(answer)
    }
    const marks = await world.db.read((q) => q.selectFrom('erp_lookups').selectAll().execute())
    expect(marks.filter(({mark}) => mark.length !== 3)).toEqual([])
    expect(marks).toHaveLength(4)
  })

  it('leave a ticket whose answer was lost in doubt, with its reference, and never open a second one', async () => {
    const joao = person('5547977770000', 'João')
    const {sandbox} = world
    sandbox.setFaults(['GET /mk/WSMKNovoAtendimento.rule: drop'])
    joao.say('chamado')
    await joao.waitFor(1, 5000)
    sandbox.setFaults([])
    const [text = ''] = texts(joao)
    expect(text).toMatch(/^Dúvida PYT-[A-Z0-9]{10}$/)
    const tickets = () => sandbox.erp.people.flatMap((one) => one.tickets)
    expect(tickets().filter((one) => text.endsWith(one.text.slice(-14)))).toHaveLength(1)
    const noted = await world.db.read((q) => q.selectFrom('erp_tickets').selectAll().execute())
    expect(noted).toMatchObject([{state: 'opening', protocol: null}])
    joao.say('chamado')
    await joao.waitFor(2, 5000)
    expect(texts(joao)[1]).toMatch(/^Protocolo \d+$/)
  })

  it('go on at once when the ERP is down', async () => {
    const ana = person('5547966660000', 'Ana')
    world.sandbox.setFaults(['* /mk/*: 503'])
    for (let i = 0; i < 6; i++) {
      ana.say('chamado')
      await ana.waitFor(i + 1, 5000)
    }
    expect(texts(ana).at(-1)).toBe('Falha resting')
    world.sandbox.setFaults([])
    const sessions = await eventually(async () => {
      const rows = await world.db.read((q) => q.selectFrom('flow_sessions').select('status').execute())
      return rows.every(({status}) => status !== 'calling') && rows
    })
    expect(sessions.filter(({status}) => status === 'failed')).toEqual([])
  })
})
