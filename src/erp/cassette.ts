import {inZone} from '../base/dates.ts'
import type {Clock} from '../base/clock.ts'
import {createAnonymous, PDF_BASE64} from './anonymous.ts'
import type {Answer, Connection, Connector, ErpLine, ErpOperation, ErpReply, ErpRequest, ErpType} from './connector.ts'
import {type ErpFailure, failure, isFailure} from './errors.ts'
import {connectors} from './registry.ts'
import type {Wire} from './wire.ts'

/** Real answers of an ERP to one operation, without personal data, and what the connector made of them. */
export interface Cassette {
  erp_type: ErpType
  operation: ErpOperation
  /** ISO time: days are reckoned from it. */
  recorded_at: string
  settings: Record<string, string>
  input: Record<string, string>
  exchanges: Exchange[]
  answer: unknown
}

export interface Exchange {
  method: string
  /** Without its query, which may hold secrets. */
  path: string
  status: number
  body: string
}

/** Asks an ERP for one customer and all that belongs to it, and keeps the answers. Nothing is opened or changed. */
export async function record(wire: Wire, clock: Pick<Clock, 'now'>, document: string): Promise<Cassette[]> {
  const connector = connectors[wire.connection.type]
  const anonymous = createAnonymous()
  const cassettes: Cassette[] = []
  const take = async <T>(
    operation: ErpOperation,
    input: Record<string, string>,
    ask: (line: ErpLine) => Promise<Answer<T>>,
  ): Promise<T | undefined> => {
    const taken = await takeOne(wire, ask)
    const exchanges = taken.exchanges.map((one) => ({
      ...one,
      body: cleanBody(one.body, anonymous.clean),
    }))
    const known = anonymous.clean(input) as Record<string, string>
    const cassette: Cassette = {
      ...{erp_type: wire.connection.type, operation, recorded_at: new Date(clock.now()).toISOString()},
      ...{settings: {...wire.connection.settings}, input: known, exchanges, answer: null},
    }
    cassettes.push({...cassette, answer: await replay(cassette)})
    return taken.answer.outcome === 'found' ? taken.answer.data : undefined
  }
  const customers = await take('customer', {document}, (line) => connector.customers(document, line))
  const customer = customers?.[0]?.customer_id
  if (customer !== undefined) {
    const invoices = await take('invoices', {customer}, (line) => connector.invoices(customer, 'open', line))
    const invoice = invoices?.[0]?.invoice_id
    if (invoice !== undefined)
      await take('boleto', {customer, invoice}, (line) =>
        connector.slip({invoiceId: invoice, customerId: customer}, line),
      )
    await take('status', {customer}, (line) => connector.status(customer, line))
  }
  if (connector.capabilities.unsupported.plans === undefined) await take('plans', {}, (line) => connector.plans(line))
  return cassettes
}

async function takeOne<T>(wire: Wire, ask: (line: ErpLine) => Promise<Answer<T>>) {
  const opened = wire.open()
  const exchanges: Exchange[] = []
  let signingIn = false
  const line: ErpLine = {
    ...opened,
    async send(request) {
      const reply = await opened.send(request)
      // Signing in is not replayed, and its answer is a secret.
      if (!signingIn && !isFailure(reply)) exchanges.push(exchangeOf(request, reply))
      return reply
    },
    token: (signIn, refused) =>
      opened.token(async () => {
        signingIn = true
        return signIn().finally(() => (signingIn = false))
      }, refused),
  }
  try {
    return {answer: await ask(line), exchanges}
  } finally {
    opened.close()
  }
}

function exchangeOf({method, path}: ErpRequest, {status, body}: ErpReply): Exchange {
  const text = body.toString('utf8')
  return {method, path, status, body: text.includes('\ufffd') ? body.toString('latin1') : text}
}

/** What is no JSON is a page or a file: of both only the kind is kept. */
function cleanBody(body: string, clean: (value: unknown) => unknown): string {
  try {
    return JSON.stringify(clean(JSON.parse(body)))
  } catch {
    return body.trimStart().startsWith('<') ? '<html></html>' : PDF_BASE64
  }
}

const nobody = (cassette: Cassette): Connection => ({
  ...{id: '', tenantId: '', type: cassette.erp_type, name: 'cassette', apiUrl: 'https://erp.example'},
  ...{credentials: {}, fieldMapping: {}, settings: cassette.settings},
  ...{allowPrivateNetwork: false, timeZone: 'America/Sao_Paulo'},
})

/** What the connector of today makes of the answers of then. */
export async function replay(cassette: Cassette): Promise<unknown> {
  const connection = nobody(cassette)
  const now = Date.parse(cassette.recorded_at)
  const left = [...cassette.exchanges]
  const line: ErpLine = {
    ...{connection, now, today: inZone(now, connection.timeZone).toISODate() ?? ''},
    send: (request) => Promise.resolve(next(left, request)),
    token: () => Promise.resolve({outcome: 'found', data: 'FAKE'}),
  }
  const answer = await again(connectors[cassette.erp_type], cassette, line)
  if (left.length === 0) return answer
  return {...answer, unused: left.map(({method, path}) => `${method} ${path}`)}
}

/** In order, because ids in what is asked were replaced; another address than then is told. */
function next(left: Exchange[], {method, path}: ErpRequest): ErpReply | ErpFailure {
  const [one] = left
  const asked = `${method} ${path.replace(/\d+/g, 'N')}`
  if (!one) return failure('error', 'bad_answer', `The cassette has no answer to ${asked}.`)
  const recorded = `${one.method} ${one.path.replace(/\d+/g, 'N')}`
  if (recorded !== asked) return failure('error', 'bad_answer', `The cassette has ${recorded} where ${asked} is asked.`)
  left.shift()
  return {outcome: 'replied', status: one.status, headers: {}, body: Buffer.from(one.body)}
}

function again(connector: Connector, {operation, input}: Cassette, line: ErpLine): Promise<Answer<unknown>> {
  const {document = '', customer = '', invoice = ''} = input
  if (operation === 'customer') return connector.customers(document, line)
  if (operation === 'invoices') return connector.invoices(customer, 'open', line)
  if (operation === 'boleto') return connector.slip({invoiceId: invoice, customerId: customer}, line)
  return operation === 'status' ? connector.status(customer, line) : connector.plans(line)
}

export interface Difference {
  /** `data.0.name` */
  field: string
  was: unknown
  is: unknown
}

/** Every field that is not what it was. */
export function differences(was: unknown, is: unknown, field = ''): Difference[] {
  if (JSON.stringify(was) === JSON.stringify(is)) return []
  if (typeof was !== 'object' || typeof is !== 'object' || was === null || is === null) return [{field, was, is}]
  const names = new Set([...Object.keys(was), ...Object.keys(is)])
  const at = (value: object, name: string) => (value as Record<string, unknown>)[name]
  return [...names].flatMap((name) =>
    differences(at(was, name), at(is, name), field === '' ? name : `${field}.${name}`),
  )
}
