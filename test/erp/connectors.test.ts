import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {parseLine} from '../../src/base/boleto.ts'
import {systemClock} from '../../src/base/clock.ts'
import {systemRandom} from '../../src/base/ids.ts'
import {parsePix} from '../../src/base/pix.ts'
import {type Answer, type Connection, type CustomerPage, type ErpType, erpTypes} from '../../src/erp/connector.ts'
import type {ErpFailure} from '../../src/erp/errors.ts'
import {customersBy, invoicesOf, type Looked, plansOf, slipOf, statusOf} from '../../src/erp/lookups.ts'
import {connectors} from '../../src/erp/registry.ts'
import type {Wire} from '../../src/erp/wire.ts'
import {known} from '../../src/sandbox/erp/people.ts'
import {startSandbox, type Sandbox} from '../../src/sandbox/sandbox.ts'
import {connectionTo, openWire, type TestWire} from '../support/erp.ts'

/** One suite for every connector: the same questions, the same words, whatever the ERP says. */
let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({clock: systemClock, random: systemRandom})
})
afterAll(() => sandbox.close())

function data<T>(answer: Looked<T> | ErpFailure): T {
  if (answer.outcome !== 'found') throw new Error(`${answer.outcome}: ${answer.message}`)
  return answer.data
}

describe.each(erpTypes)('%s', (type) => {
  let held: TestWire
  let wire: Wire
  beforeAll(() => {
    held = openWire(connectionTo(type, sandbox.erpUrl))
    wire = held.wire
  })
  afterAll(() => held[Symbol.asyncDispose]())

  const open = (more: Partial<Connection> = {}) => openWire(connectionTo(type, sandbox.erpUrl, more))
  const idOf = async (document: string) => data(await customersBy(wire, document))[0]?.customer_id ?? ''

  test('finds a customer by document, with masked document and no password', async () => {
    const looked = await customersBy(wire, '529.982.247-25')
    const [customer, ...others] = data(looked)
    expect(others).toEqual([])
    expect(customer).toMatchObject({
      document: '***.982.247-**',
      kind: 'person',
      phones: ['+5547999990001'],
      active: true,
    })
    expect(customer?.name.toUpperCase()).toBe('MARIA APARECIDA TESTE')
    expect(customer?.contracts).toHaveLength(1)
    expect(looked).toMatchObject({source: {connection: type, erp_type: type}, stale: false})
    expect(JSON.stringify(customer)).not.toMatch(/FAKE|senha/i)
  })

  test('accents survive', async () => {
    expect(data(await customersBy(wire, known.blocked))[0]?.name.toUpperCase()).toBe('JOÃO BLOQUEADO EXEMPLO')
  })

  test('finds a company with the alphanumeric CNPJ and its two contracts', async () => {
    const [company] = data(await customersBy(wire, '12.ABC.345/01DE-35'))
    expect(company).toMatchObject({kind: 'company', document: '12.***.***/01DE-**', phones: ['+554733330003']})
    expect(company?.contracts).toHaveLength(2)
  })

  test('finds both customers of one document', async () => {
    const ids = data(await customersBy(wire, known.twice)).map(({customer_id: id}) => id)
    expect(new Set(ids).size).toBe(2)
  })

  test('an unknown document is not_found, a wrong one never leaves', async () => {
    expect(await customersBy(wire, known.unknown)).toMatchObject({outcome: 'not_found'})
    await using dead = open({apiUrl: 'http://127.0.0.1:1'})
    const refused = await customersBy(dead.wire, '52998224724')
    expect(refused).toMatchObject({outcome: 'error', code: 'bad_input'})
    expect(JSON.stringify(refused)).not.toContain('52998224724')
  })

  test('lists invoices in centavos, by due date', async () => {
    const id = await idOf(known.active)
    const open = data(await invoicesOf(wire, {customerId: id, wish: 'open'}))
    expect(open.map(({status, amount_cents: cents}) => [status, cents])).toEqual([
      ['overdue', 11990],
      ['open', 11990],
    ])
    expect(open[0]?.due_on).toMatch(/^\d{4}-\d\d-\d\d$/)
    expect((open[0]?.due_on ?? '') < (open[1]?.due_on ?? '')).toBe(true)
    const overdue = data(await invoicesOf(wire, {customerId: id, wish: 'overdue'}))
    expect(overdue).toEqual([open[0]])
    const paid = data(await invoicesOf(wire, {customerId: id, wish: 'paid'}))
    // HubSoft says that it was paid, not how much came in.
    expect(paid).toMatchObject([{status: 'paid', amount_cents: 11990, paid_cents: type === 'hubsoft' ? null : 11990}])
    expect(data(await invoicesOf(wire, {customerId: id, wish: 'all'}))).toHaveLength(3)
  })

  test('reads a large amount', async () => {
    const invoices = data(await invoicesOf(wire, {customerId: await idOf(known.company), wish: 'open'}))
    expect(invoices.map(({amount_cents: cents}) => cents)).toContain(149_000)
  })

  test('gives the second copy: typed line, bar code and PIX with right check digits', async () => {
    const [invoice] = data(await invoicesOf(wire, {customerId: await idOf(known.active), wish: 'open'}))
    const slip = data(await slipOf(wire, {invoiceId: invoice?.invoice_id ?? '', pdf: true}))
    expect(slip.due_on).toBe(invoice?.due_on)
    expect(slip.digitable_line).toMatch(/^\d{47}$/)
    expect(parseLine(slip.digitable_line ?? '', systemClock.now())).toMatchObject({
      barcode: slip.barcode,
      dueOn: slip.due_on,
    })
    expect(parsePix(slip.pix ?? '')?.checksumOk).toBe(true)
    expect(slip.pdf_base64 ?? slip.url).toBeTruthy()
    expect(slip.warnings).toEqual([])
  })

  test('an unknown invoice is not_found', async () => {
    const [invoice] = data(await invoicesOf(wire, {customerId: await idOf(known.active), wish: 'open'}))
    const unknown = (invoice?.invoice_id ?? '').replace(/\d+$/, '999999')
    expect(await slipOf(wire, {invoiceId: unknown})).toMatchObject({outcome: 'not_found'})
  })

  test('tells who is blocked and why', async () => {
    const active = data(await statusOf(wire, await idOf(known.active)))
    expect(active).toMatchObject({
      blocked: false,
      state: connectors[type].capabilities.onlineState ? 'online' : 'unknown',
    })
    const blocked = data(await statusOf(wire, await idOf(known.blocked)))
    expect(blocked).toMatchObject({blocked: true})
    expect(blocked.reason).toBeTruthy()
  })

  test('lists plans with prices, or says that it cannot', async () => {
    const looked = await plansOf(wire)
    if (connectors[type].capabilities.unsupported.plans !== undefined) {
      expect(looked).toMatchObject({outcome: 'unsupported'})
      return
    }
    const plans = data(looked)
    expect(plans.find(({name}) => name === 'FIBRA 700 MEGA')).toMatchObject({price_cents: 11990})
  })

  test('opens a ticket that carries our reference and is found by it', async () => {
    const line = wire.open()
    const ticket = {
      customerId: await idOf(known.active),
      title: 'Sem conexão',
      description: 'Desde cedo.',
      reference: `PYT-${type}`,
    }
    const opened = await connectors[type].openTicket(ticket, line)
    expect(opened).toMatchObject({outcome: 'found', data: {reference: ticket.reference, existing: false}})
    const {protocol} = opened.outcome === 'found' ? opened.data : {protocol: null}
    expect(protocol).toMatch(/^\d+$/)
    const seen = await connectors[type].findTicket?.(ticket, line)
    if (seen) expect(seen).toMatchObject({outcome: 'found', data: {protocol, existing: true}})
    line.close()
  })

  test('gives everyone, page by page, each once', async () => {
    const line = wire.open()
    const ids: string[] = []
    let after: string | null = null
    do {
      const page: Answer<CustomerPage> = await connectors[type].everyone(after, null, line)
      if (page.outcome !== 'found') throw new Error(JSON.stringify(page))
      ids.push(...page.data.customers.map(({customer_id: id}) => id))
      after = page.data.after
    } while (after !== null)
    expect(ids).toHaveLength(100)
    expect(new Set(ids).size).toBe(100)
    line.close()
  })

  test('field_mapping is applied to what comes back', async () => {
    const theirs: Record<ErpType, string> = {
      hubsoft: 'email_principal',
      ixcsoft: 'email',
      mksolutions: 'Email',
      sisgp: 'servico_login',
    }
    await using mapped = open({fieldMapping: {name: theirs[type], segment: theirs[type], nothing: 'no_such_field'}})
    const [customer] = data(await customersBy(mapped.wire, known.active))
    expect(customer?.name).toMatch(/^cliente1/)
    expect(customer?.fields).toEqual({segment: customer?.name, nothing: null})
  })

  test('wrong credentials are told as such', async () => {
    await using wrong = open({apiKey: 'wrong'})
    const answer = await customersBy(wrong.wire, known.active)
    expect(answer).toMatchObject({outcome: 'error', code: 'credentials'})
  })

  test('a session that ends in the middle is begun anew', async () => {
    const {erp} = sandbox
    await using own = open()
    await customersBy(own.wire, known.active)
    erp.sessions.clear()
    erp.usesPerSession = 2
    try {
      expect(data(await invoicesOf(own.wire, {customerId: await idOf(known.active), wish: 'all'}))).toHaveLength(3)
      data(await statusOf(own.wire, await idOf(known.active)))
    } finally {
      erp.usesPerSession = Number.POSITIVE_INFINITY
    }
  })

  test.each([
    ['html', {outcome: 'error', code: 'html'}],
    ['truncate', {outcome: 'error', code: 'bad_answer'}],
    ['huge', {outcome: 'error', code: 'too_large'}],
    ['500', {outcome: 'unavailable', code: 'server_error'}],
    ['503', {outcome: 'unavailable', code: 'server_error'}],
    ['429', {outcome: 'unavailable', code: 'busy'}],
    ['403', {outcome: 'error', code: 'credentials'}],
    ['reset', {outcome: 'unavailable', code: 'unreachable'}],
    ['drop', {outcome: 'unavailable', code: 'unreachable'}],
  ])('an answer that is %s has its outcome and a sentence', async (fault, expected) => {
    await using own = open()
    if (type === 'hubsoft' || type === 'mksolutions') await customersBy(own.wire, known.company)
    sandbox.setFaults([`* *: ${fault}`])
    try {
      const answer = await customersBy(own.wire, known.active)
      if (type === 'hubsoft' && fault === '403') expect(answer).toMatchObject({outcome: 'error', code: 'html'})
      else expect(answer).toMatchObject(expected)
      expect(JSON.stringify(answer)).not.toContain(known.active)
    } finally {
      sandbox.setFaults([])
    }
  })

  test('silence costs the time limit and no more', async () => {
    await using own = open()
    sandbox.setFaults(['* *: hang'])
    try {
      const answer = await customersBy(own.wire, known.active, {timeoutMs: 300})
      expect(answer).toMatchObject({outcome: 'unavailable', code: 'timeout'})
      expect(await customersBy(own.wire, known.active)).toMatchObject({outcome: 'unavailable', code: 'resting'})
    } finally {
      sandbox.setFaults([])
    }
  })
})
