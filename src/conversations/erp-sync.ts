import {setMaxListeners} from 'node:events'
import type {ConnectionRow} from '../erp/connections.ts'
import type {Answer, Connector, Customer, CustomerPage, ErpLine, ErpType, Invoice} from '../erp/connector.ts'
import type {ErpFailure} from '../erp/errors.ts'
import {wireOf} from '../erp/pool.ts'
import {connectors} from '../erp/registry.ts'
import type {Wire} from '../erp/wire.ts'
import type {ClaimedJob, JobContext, JobHandler, JobOutcome} from '../jobs/job.ts'
import type {Runtime} from '../runtime/runtime.ts'
import {toJson} from '../store/columns.ts'
import type {TenantDb} from '../store/stores.ts'
import {defaultSettings, tenantById} from '../tenants/tenants.ts'
import {planNext} from './erp-sync-job.ts'
import {emptyReport, type Report, type Synced, writeDebts, writeSynced} from './erp-sync-write.ts'
import type {TenantTx} from './load.ts'

/** Customers written together, so that no transaction is long. */
const BATCH = 20
const FIRST_RETRY_MS = 60_000
/** Asked for once more, in case their clock is behind ours. */
const OVERLAP_MS = 10 * 60_000

type Deps = Pick<Runtime, 'stores' | 'http' | 'clock' | 'random' | 'log' | 'ids'>

/** Brings customers and open invoices of an ERP into contacts and their attributes, and plans the next time. */
export function erpSyncHandler(deps: Deps): JobHandler {
  return {
    async run(context) {
      const row = await connectionOfJob(context.db, context.job)
      if (!row) return {done: {reason: 'the connection is gone'}}
      const started = deps.clock.now()
      // Each look-up of a batch listens to it.
      setMaxListeners(2 * BATCH, context.signal)
      const result = await syncAll(deps, context, row)
      if ('report' in result) return finished(deps, row, started, result.report)
      return failed(deps, context, row, result.failure)
    },
    // Whether it was lost or cancelled: the next one comes at its time.
    lost: ({job}) => Promise.resolve((tx: TenantTx) => planNext(deps, tx, {id: connectionIdOf(job)})),
  }
}

const connectionIdOf = (job: ClaimedJob) => String(job.payload.connection)

const connectionOfJob = (db: TenantDb, job: ClaimedJob): Promise<ConnectionRow | undefined> =>
  db.read((q) => q.selectFrom('erp_connections').selectAll().where('id', '=', connectionIdOf(job)).executeTakeFirst())

function finished(deps: Deps, row: ConnectionRow, started: number, report: Totals): JobOutcome {
  const at = new Date(deps.clock.now()).toISOString()
  const startedAt = new Date(started).toISOString()
  const fullAt = report.full ? startedAt : (row.sync_state?.full_at ?? null)
  const state = {...report, started_at: startedAt, finished_at: at, full_at: fullAt, error: null}
  return {
    done: {...report},
    async commit(tx) {
      await keepState(tx, row, state)
      await planNext(deps, tx, row)
    },
  }
}

/** An ERP that is away for a moment is asked again soon; after that, at the next regular time. */
function failed(deps: Deps, {job, signal}: JobContext, row: ConnectionRow, {message, outcome}: ErpFailure): JobOutcome {
  if (signal.aborted) return {retryInMs: 0, error: 'The process stopped.'}
  const mayRetry = outcome === 'unavailable' && job.attempts < job.maxAttempts
  if (mayRetry) return {retryInMs: FIRST_RETRY_MS * 2 ** (job.attempts - 1), error: message}
  return {
    failed: message,
    async commit(tx) {
      await keepState(tx, row, {...row.sync_state, error: message, failed_at: new Date(deps.clock.now()).toISOString()})
      await planNext(deps, tx, row)
    },
  }
}

const keepState = (tx: TenantTx, {id}: ConnectionRow, state: Record<string, unknown>) =>
  tx.update('erp_connections', ['id'], [{id, sync_state: toJson(state)}])

type Result = {report: Totals} | {failure: ErpFailure}

async function syncAll(deps: Deps, context: JobContext, row: ConnectionRow): Promise<Result> {
  const {db, signal, progress} = context
  const tenant = await tenantById(deps.stores.control, db.name)
  const wire = wireOf(deps, row, (tenant?.settings ?? defaultSettings).timezone)
  const connector = connectors[row.erp_type as ErpType]
  const since = connector.capabilities.incremental ? sinceOf(row, deps.clock.now()) : null
  const ledger = await ledgerOf(connector, wire, signal)
  if (ledger && 'outcome' in ledger) return {failure: ledger}
  const total: Totals = {...emptyReport(), full: since === null}
  let after: string | null = null
  do {
    const page: Answer<CustomerPage> = await onLine(wire, signal, (line) => connector.everyone(after, since, line))
    if (page.outcome !== 'found') return {failure: page}
    for (let at = 0; at < page.data.customers.length; at += BATCH) {
      const customers = page.data.customers.slice(at, at + BATCH)
      const synced = ledger ? fromLedger(ledger, customers) : await withInvoices(wire, customers, signal)
      if (!Array.isArray(synced)) return {failure: synced}
      add(total, await db.write((tx) => writeSynced(deps, tx, row, synced)))
      await progress({...total})
    }
    after = page.data.after
  } while (after !== null)
  if (ledger) await refreshDebts(deps, db, row, {ledger, total})
  return {report: total}
}

type Totals = Report & {full: boolean}
/** What each customer owes. Who was written is taken out. */
type Ledger = Map<string, Invoice[]>

async function ledgerOf(
  connector: Connector,
  wire: Wire,
  signal: AbortSignal,
): Promise<Ledger | ErpFailure | undefined> {
  if (!connector.openInvoices) return undefined
  const ask = async (line: ErpLine) => connector.openInvoices?.(line)
  const answer = await onLine(wire, signal, ask)
  if (answer?.outcome !== 'found') return answer
  const ledger: Ledger = new Map()
  for (const one of answer.data) ledger.set(one.customer_id, [...(ledger.get(one.customer_id) ?? []), one])
  return ledger
}

function fromLedger(ledger: Ledger, customers: readonly Customer[]): Synced[] {
  return customers.map((customer) => {
    const invoices = ledger.get(customer.customer_id) ?? []
    ledger.set(customer.customer_id, [])
    return {customer, invoices}
  })
}

/** Debts change without the customer: those of everybody who was synced before and did not come now. */
async function refreshDebts(
  deps: Deps,
  db: TenantDb,
  row: ConnectionRow,
  {ledger, total}: {ledger: Ledger; total: Totals},
): Promise<void> {
  if (total.full) return
  const known = await db.read((q) =>
    q
      .selectFrom('erp_customers')
      .innerJoin('contacts', 'contacts.id', 'erp_customers.contact_id')
      .select(['erp_customers.customer_id', 'contacts.id', 'contacts.phone', 'contacts.name'])
      .where('erp_customers.connection_id', '=', row.id)
      .orderBy('erp_customers.customer_id')
      .execute(),
  )
  const others = known.filter(({customer_id: id}) => !isWritten(ledger, id))
  for (let at = 0; at < others.length; at += BATCH) {
    await db.write(async (tx) => {
      for (const {customer_id: customerId, ...contact} of others.slice(at, at + BATCH))
        add(total, await writeDebts(deps, tx, row, {customerId, invoices: ledger.get(customerId) ?? [], contact}))
    })
  }
}

const isWritten = (ledger: Ledger, id: string) => ledger.get(id)?.length === 0

const FULL_EVERY_MS = 24 * 3_600_000

/** Only what changed since the last sync, where the ERP can say so; all of it once a day, and after a failure. */
function sinceOf({sync_state: state}: ConnectionRow, now: number): string | null {
  const {started_at: started, full_at: full, error} = state ?? {}
  if (typeof started !== 'string' || typeof full !== 'string' || error != null) return null
  if (now - Date.parse(full) > FULL_EVERY_MS) return null
  return new Date(Date.parse(started) - OVERLAP_MS).toISOString()
}

/** Open invoices of each; when the ERP goes away in the middle the whole sync waits for it. */
async function withInvoices(
  wire: Wire,
  customers: readonly Customer[],
  signal: AbortSignal,
): Promise<Synced[] | ErpFailure> {
  const connector = connectors[wire.connection.type]
  const answers = await Promise.all(
    customers.map((customer) =>
      onLine(wire, signal, (line) => connector.invoices(customer.customer_id, 'open', line)).then(
        (answer): {customer: Customer; answer: Answer<Invoice[]>} => ({customer, answer}),
      ),
    ),
  )
  const away = answers.map(({answer}) => answer).find((answer) => answer.outcome === 'unavailable')
  if (away && away.outcome !== 'found') return away
  return answers.map(({customer, answer}) =>
    answer.outcome === 'found' ? {customer, invoices: answer.data} : {customer},
  )
}

/** A page may take longer than a look-up of a person who waits. */
const PAGE_MS = 60_000

async function onLine<T>(wire: Wire, signal: AbortSignal, run: (line: ErpLine) => Promise<T>): Promise<T> {
  const line = wire.open(PAGE_MS, signal)
  try {
    return await run(line)
  } finally {
    line.close()
  }
}

function add(total: Report, more: Report): void {
  for (const name of Object.keys(more) as (keyof Report)[]) total[name] += more[name]
}
