import {Writable} from 'node:stream'
import {pino} from 'pino'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {systemClock} from '../../src/base/clock.ts'
import {systemRandom} from '../../src/base/ids.ts'
import {type ErpType, erpTypes} from '../../src/erp/connector.ts'
import {connectors} from '../../src/erp/registry.ts'
import {invoke} from '../../src/operations/invoke.ts'
import {createTokenOperation} from '../../src/operations/tokens.ts'
import {known} from '../../src/sandbox/erp/people.ts'
import {type Sandbox, startSandbox} from '../../src/sandbox/sandbox.ts'
import {credentialsFor, settingsFor} from '../support/erp.ts'
import {startApi, type TestServer} from '../support/server.ts'
import {addCompany, shell} from '../support/signing-in.ts'
import {makePlace, type Place} from '../support/stores.ts'

interface Answer {
  status: number
  body: Record<string, unknown> & {error?: {code: string; message: string; details?: {message: string}[]}}
}

describe('the ERP endpoints', () => {
  let place: Place
  let sandbox: Sandbox
  let server: TestServer
  let token: string
  let lines = ''
  const ask = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const answer = await fetch(`${server.url}/api/v1/erp${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : {'content-type': 'application/json'}),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    return {status: answer.status, body: (await answer.json()) as Answer['body']}
  }
  const connect = (type: ErpType, name: string) => {
    const {apiKey, apiSecret, credentials} = credentialsFor[type]
    const secrets = {api_key: apiKey, api_secret: apiSecret, credentials}
    return ask('POST', `/connect/${type}`, {name, api_url: sandbox.erpUrl, ...secrets, settings: settingsFor[type]})
  }

  beforeAll(async () => {
    place = await makePlace('sqlite')
    sandbox = await startSandbox({clock: systemClock, random: systemRandom})
    const into = new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines += chunk.toString()
        done()
      },
    })
    const env = {...place.env(), PYTAKE_ALLOW_NETWORKS: '127.0.0.0/8'}
    server = await startApi(env, {}, {log: pino({level: 'trace'}, into)})
    const caller = {...shell, tenant: await addCompany(server.runtime, 'Provedor')}
    token = (await invoke(server.runtime, createTokenOperation, {name: 'a'}, caller)).token
  })
  afterAll(async () => {
    await server.close()
    await sandbox.close()
    await place.remove()
  })

  it.each(erpTypes)('answer all seven for %s, each with where it comes from', async (type) => {
    const made = await connect(type, type)
    expect(made).toMatchObject({status: 201, body: {erp_type: type, name: type, api_key: null, api_key_set: true}})
    const from = {source: {connection: type, erp_type: type}}
    const looked = {...from, fetched_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/), stale: false}

    const customer = await ask('GET', `/${type}/customers/${known.active}`)
    expect(customer).toMatchObject({
      status: 200,
      body: {...looked, outcome: 'found', customer: {document: '***.982.247-**'}},
    })
    const {customer_id: id} = customer.body.customer as {customer_id: string}
    const invoices = await ask('GET', `/${type}/invoices/${id}?status=overdue`)
    expect(invoices).toMatchObject({
      status: 200,
      body: {...looked, invoices: [{status: 'overdue', amount_cents: 11_990, currency: 'BRL'}]},
    })
    const [{invoice_id: invoice} = {invoice_id: ''}] = invoices.body.invoices as {invoice_id: string}[]
    const slip = await ask('POST', `/${type}/invoice/${invoice}/duplicate`, {customer_id: id})
    expect(slip).toMatchObject({status: 200, body: {...looked, digitable_line: expect.stringMatching(/^\d{47}$/)}})
    const status = await ask('GET', `/${type}/connection-status/${id}`)
    expect(status).toMatchObject({status: 200, body: {...looked, blocked: false}})
    const wish = {customer_id: id, title: 'Sem conexão', description: 'Desde cedo.', reference: `API-${type}`}
    const ticket = await ask('POST', `/${type}/tickets`, wish)
    expect(ticket).toMatchObject({status: 201, body: {...from, reference: wish.reference, existing: false}})
    const again = await ask('POST', `/${type}/tickets`, wish)
    expect(again.body).toMatchObject({protocol: ticket.body.protocol, existing: true})
    const plans = await ask('GET', `/${type}/plans`)
    if (connectors[type].capabilities.unsupported.plans === undefined) {
      expect(plans).toMatchObject({status: 200, body: looked})
      expect(plans.body.plans).toContainEqual(
        expect.objectContaining({plan_id: expect.any(String), price_cents: expect.any(Number)}),
      )
    } else expect(plans).toMatchObject({status: 422, body: {error: {message: expect.stringContaining('plan')}}})
  })

  it('take the default of a type or the one that is named, and say which there are', async () => {
    await connect('ixcsoft', 'filial')
    const many = await ask('GET', '/ixcsoft/plans')
    expect(many).toMatchObject({status: 409, body: {error: {code: 'CONFLICT'}}})
    expect(many.body.error?.details?.map(({message}) => message)).toEqual(['filial (ixcsoft)', 'ixcsoft (ixcsoft)'])
    const named = await ask('GET', '/ixcsoft/plans?connection=filial')
    expect(named).toMatchObject({status: 200, body: {source: {connection: 'filial'}}})
    expect((await ask('GET', '/ixcsoft/plans?connection=ninguem')).status).toBe(404)
  })

  it('leave no document and no secret in the log, whatever comes of the question', async () => {
    const marked = [known.active, '52998224724', known.unknown, known.company]
    for (const document of marked) await ask('GET', `/sisgp/customers/${document}`)
    sandbox.setFaults(['* *: html'])
    await ask('GET', `/hubsoft/customers/${known.blocked}`)
    sandbox.setFaults([])
    expect(lines).toContain('/api/v1/erp/:erp_type/customers/:document')
    const secrets = erpTypes.flatMap((type) => [credentialsFor[type].apiSecret, credentialsFor[type].apiKey])
    for (const word of [...marked, known.blocked, ...secrets.filter((one) => one !== undefined && one.length > 4)])
      expect(lines).not.toContain(word)
  })
})
