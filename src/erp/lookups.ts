import {digestOf} from '../base/digest.ts'
import {parseCnpj, parseCpf} from '../base/documents.ts'
import {parsePix} from '../base/pix.ts'
import {freshFor} from './cache.ts'
import type {
  Answer,
  ConnectionStatus,
  Connector,
  Customer,
  ErpLine,
  Invoice,
  InvoiceWish,
  Plan,
  Slip,
  SlipWish,
} from './connector.ts'
import {badInput, type ErpFailure, failure, notFoundThere, unsupported} from './errors.ts'
import {withPdf} from './file.ts'
import {connectors} from './registry.ts'
import type {Wire} from './wire.ts'

/** An answer with where it came from and how old it is. */
export interface Looked<T> {
  outcome: 'found'
  data: T
  source: {connection: string; erp_type: string}
  /** ISO time. */
  fetched_at: string
  age_seconds: number
  /** The ERP did not answer; this is what it said before. */
  stale: boolean
}

export interface LookOptions {
  /** In all, ms. */
  timeoutMs?: number
  /** Asks the ERP even when a fresh answer is at hand. */
  fresh?: boolean
  /** When the ERP is away, an answer up to this age is taken instead, ms. */
  staleMs?: number
  signal?: AbortSignal
}

interface Look<T> {
  key: string
  /** How long the answer counts as fresh; left out for what is never kept. */
  keepMs?: number
  ask(line: ErpLine, connector: Connector): Promise<Answer<T>>
}

type Result<T> = Promise<Looked<T> | ErpFailure>

/** Customers with this document, which is checked before anything is sent. */
export async function customersBy(wire: Wire, text: string, options: LookOptions = {}): Result<Customer[]> {
  const document = parseCpf(text) ?? parseCnpj(text)
  if (document === undefined) return badInput('This is no valid CPF or CNPJ; its check digits do not fit.')
  const key = `customer ${digestOf([wire.connection.id, document])}`
  const looked = await look(wire, options, {
    ...{key, keepMs: freshFor.customer},
    ask: (line, connector) => connector.customers(document, line),
  })
  return looked.outcome === 'found' && looked.data.length === 0
    ? notFoundThere('A customer with this document')
    : looked
}

export async function invoicesOf(
  wire: Wire,
  {customerId, wish}: {customerId: string; wish: InvoiceWish},
  options: LookOptions = {},
): Result<Invoice[]> {
  if (!isId(customerId)) return badInput('This is no id of a customer.')
  return look(wire, options, {
    ...{key: `invoices ${customerId} ${wish}`, keepMs: freshFor.invoices},
    ask: (line, connector) => connector.invoices(customerId, wish, line),
  })
}

/** Never from the cache: codes end, and amounts grow by the day. */
export async function slipOf(wire: Wire, wish: SlipWish, options: LookOptions = {}): Result<Slip> {
  if (!isId(wish.invoiceId)) return badInput('This is no id of an invoice.')
  const key = `slip ${wish.invoiceId} ${wish.customerId ?? ''} ${wish.pdf ? 'pdf' : ''}`
  return look(wire, options, {
    key,
    async ask(line, connector) {
      const answer = await connector.slip(wish, line)
      if (answer.outcome !== 'found') return answer
      const slip = withDoubts(answer.data)
      return {outcome: 'found', data: wish.pdf ? await withPdf(slip, line) : slip}
    },
  })
}

/** A PIX text that looks wrong is passed on all the same; some banks err and people can still pay. */
function withDoubts(slip: Slip): Slip {
  if (slip.pix === null) return slip
  const pix = parsePix(slip.pix)
  if (!pix) return {...slip, warnings: [...slip.warnings, 'PIX: the text does not look like a PIX code.']}
  return pix.checksumOk ? slip : {...slip, warnings: [...slip.warnings, 'PIX: the checksum of the code is wrong.']}
}

export async function statusOf(wire: Wire, customerId: string, options: LookOptions = {}): Result<ConnectionStatus> {
  if (!isId(customerId)) return badInput('This is no id of a customer.')
  return look(wire, options, {
    key: `status ${customerId}`,
    ask: (line, connector) => connector.status(customerId, line),
  })
}

export async function plansOf(wire: Wire, options: LookOptions = {}): Result<Plan[]> {
  const {unsupported: lacking} = connectors[wire.connection.type].capabilities
  if (lacking.plans !== undefined) return unsupported(lacking.plans)
  return look(wire, options, {
    ...{key: 'plans', keepMs: freshFor.plans},
    ask: (line, connector) => connector.plans(line),
  })
}

/** Ids go into addresses and query languages: nothing but what ids are made of. */
const isId = (text: string) => /^[A-Za-z0-9._-]{1,64}$/.test(text)

async function look<T>(wire: Wire, options: LookOptions, wanted: Look<T>): Result<T> {
  const kept = wanted.keepMs === undefined ? undefined : wire.cache.get(wanted.key)
  const age = kept && nowOf(wire) - kept.at
  if (kept && age !== undefined && !options.fresh && age < (wanted.keepMs ?? 0)) {
    return looked(wire, kept.value as T, kept.at, false)
  }
  const answer = await together(wire, wanted, options)
  if (answer.outcome === 'found') return looked(wire, answer.data, answer.at, false)
  const mayBeOld = answer.outcome === 'unavailable' && kept && age !== undefined && age < (options.staleMs ?? 0)
  return mayBeOld ? looked(wire, kept.value as T, kept.at, true) : answer
}

type Fetched<T> = {outcome: 'found'; data: T; at: number} | ErpFailure

/** Joins in when somebody is asking for the same right now. */
async function together<T>(wire: Wire, wanted: Look<T>, options: LookOptions): Promise<Fetched<T>> {
  const running = wire.under.get(wanted.key) as Promise<Fetched<T>> | undefined
  if (running) return running
  const mine = fetchNow(wire, wanted, options).finally(() => wire.under.delete(wanted.key))
  wire.under.set(wanted.key, mine)
  return mine
}

async function fetchNow<T>(wire: Wire, wanted: Look<T>, {timeoutMs, signal}: LookOptions): Promise<Fetched<T>> {
  const line = wire.open(timeoutMs, signal)
  try {
    const answer = await wanted.ask(line, connectors[wire.connection.type])
    if (answer.outcome !== 'found') return answer
    const at = nowOf(wire)
    if (wanted.keepMs !== undefined) wire.cache.put(wanted.key, answer.data, at)
    return {outcome: 'found', data: answer.data, at}
  } catch (error) {
    // What an ERP answers must never bring a process down; a connector that trips over it is a bug told in its log.
    wire.log.error({err: error, connection: wire.connection.name}, 'an ERP connector failed')
    return failure(
      'error',
      'bad_answer',
      `${connectors[wire.connection.type].label} answered with something unforeseen.`,
    )
  } finally {
    line.close()
  }
}

const nowOf = (wire: Wire): number => wire.clock.now()

function looked<T>(wire: Wire, data: T, at: number, stale: boolean): Looked<T> {
  const {name, type} = wire.connection
  return {
    outcome: 'found',
    data,
    source: {connection: name, erp_type: type},
    fetched_at: new Date(at).toISOString(),
    age_seconds: Math.max(0, Math.round((nowOf(wire) - at) / 1000)),
    stale,
  }
}
