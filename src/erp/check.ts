import {parseCnpj, parseCpf} from '../base/documents.ts'
import {type Answer, type Connector, type ErpLine, type ErpOperation, erpOperations} from './connector.ts'
import {isFailure} from './errors.ts'
import {connectors} from './registry.ts'
import type {Wire} from './wire.ts'

export interface Check {
  name: string
  ok: boolean
  message: string
  help?: string
}

/** A clock that is off by more than this makes tokens look expired, and days wrong. */
const MOST_OFF_MS = 120_000
/** A valid number that belongs to nobody we know: asking for it shows whether asking works. */
const NOBODY = '12345678909'

/**
 * Tries a connection: address, clock, credentials and each operation. With a document of a real customer the operations
 * that need one are tried as well; a ticket is never opened.
 */
export async function checkConnection(wire: Wire, document?: string): Promise<Check[]> {
  const connector = connectors[wire.connection.type]
  const opened = wire.open()
  let serverTime: number | undefined
  const line: ErpLine = {
    ...opened,
    async send(request) {
      const reply = await opened.send(request)
      const date = isFailure(reply) ? undefined : reply.headers.date
      if (date !== undefined) serverTime = Date.parse(date)
      return reply
    },
  }
  try {
    const signedIn = await connector.probe(line)
    const checks = [addressCheck(wire.connection.apiUrl), checkOf('credentials', signedIn, (text) => text)]
    if (serverTime !== undefined) checks.push(clockCheck(serverTime - wire.clock.now()))
    if (signedIn.outcome !== 'found') return checks
    const results = await tryAll(connector, line, document)
    return [...checks, ...erpOperations.map((name) => ({...results[name], name}))]
  } finally {
    opened.close()
  }
}

function addressCheck(apiUrl: string): Check {
  if (apiUrl.startsWith('https:')) return {name: 'address', ok: true, message: 'The address is encrypted (https).'}
  const help = 'Use https where the ERP offers it; else keep the way there private, e.g. by a VPN.'
  return {name: 'address', ok: true, message: 'The address is plain http: credentials travel readable.', help}
}

function clockCheck(off: number): Check {
  const seconds = Math.round(Math.abs(off) / 1000)
  if (Math.abs(off) <= MOST_OFF_MS) return {name: 'clock', ok: true, message: `The clocks agree within ${seconds} s.`}
  return {
    name: 'clock',
    ok: false,
    message: `The clocks are ${seconds} s apart.`,
    help: 'Set the clock of this machine, or theirs.',
  }
}

const checkOf = <T>(name: string, answer: Answer<T>, words: (data: T) => string): Check =>
  answer.outcome === 'found'
    ? {name, ok: true, message: words(answer.data)}
    : {name, ok: answer.outcome === 'not_found', message: answer.message, help: answer.nextStep}

const untried = 'Not tried: give a document of a customer with --document.'

async function tryAll(connector: Connector, line: ErpLine, document: string | undefined) {
  const asked = parseCpf(document ?? '') ?? parseCnpj(document ?? '') ?? NOBODY
  const customers = await connector.customers(asked, line)
  const id = document !== undefined && customers.outcome === 'found' ? customers.data[0]?.customer_id : undefined
  const without = (name: string): Check => ({name, ok: true, message: untried})
  const results: Record<ErpOperation, Check> = {
    customer: checkOf('customer', customers, (found) => `Asking by document works: ${found.length} found.`),
    ...{invoices: without('invoices'), boleto: without('boleto'), status: without('status')},
    ticket: ticketCheck(connector, line),
    plans: await planCheck(connector, line),
  }
  if (id === undefined) return results
  const invoices = await connector.invoices(id, 'open', line)
  results.invoices = checkOf('invoices', invoices, (found) => `${found.length} open.`)
  const [first] = invoices.outcome === 'found' ? invoices.data : []
  if (first) {
    const slip = await connector.slip({invoiceId: first.invoice_id, customerId: id}, line)
    const parts = ({digitable_line: typed, pix}: {digitable_line: string | null; pix: string | null}) =>
      `typed line ${typed ? 'yes' : 'no'}, PIX ${pix ? 'yes' : 'no'}`
    results.boleto = checkOf('boleto', slip, (data) => `Second copy: ${parts(data)}.`)
  }
  results.status = checkOf('status', await connector.status(id, line), ({state}) => `The connection is ${state}.`)
  return results
}

async function planCheck(connector: Connector, line: ErpLine): Promise<Check> {
  const lacking = connector.capabilities.unsupported.plans
  if (lacking !== undefined) return {name: 'plans', ok: true, message: `Unsupported: ${lacking}`}
  return checkOf('plans', await connector.plans(line), (found) => `${found.length} plans.`)
}

function ticketCheck(connector: Connector, {connection}: ErpLine): Check {
  const wanted = Object.keys(connector.settings).filter((name) => needed.has(`${connection.type} ${name}`))
  const missing = wanted.filter((name) => !connection.settings[name])
  const name = 'ticket'
  if (missing.length === 0) {
    const doubt = connector.findTicket
      ? ''
      : ' One whose answer is lost ends as unknown: tickets cannot be listed there.'
    return {name, ok: true, message: `Everything is set; none was opened.${doubt}`}
  }
  const help = `pytake erp edit ${connection.name} ${missing.map((one) => `--setting ${one}=ID`).join(' ')}`
  return {name, ok: false, message: `Tickets need ${missing.join(' and ')}.`, help}
}

/** Settings without which no ticket can be opened. */
const needed = new Set([
  'ixcsoft ticket_subject',
  'ixcsoft ticket_department',
  'mksolutions ticket_process',
  'mksolutions ticket_class',
])
