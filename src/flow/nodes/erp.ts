import {z} from 'zod'
import {didYouMean} from '../../base/nearest.ts'
import type {Builder, Outcomes, Run, Step} from '../node.ts'
import {nodeType} from '../node.ts'
import {setVariable} from '../run.ts'
import type {CallResult, Json} from '../session.ts'
import {buildValue, DurationText, SaveAs, ValueSource, VariableName} from '../values.ts'

const DEFAULT_TIMEOUT = 10_000
const LONGEST_TIMEOUT = 30_000
const LONGEST_STALE = 7 * 24 * 3_600_000

/** What each operation is given; those with `true` it cannot do without. */
const inputs: Readonly<Record<string, Readonly<Record<string, boolean>>>> = {
  customer: {document: true, birth_date: false},
  invoices: {customer: true, status: false},
  boleto: {invoice: true, customer: false},
  status: {customer: true},
  ticket: {customer: true, title: true, text: true, contract: false},
  plans: {},
}

const outcomes: Outcomes = {
  good: ['found'],
  bad: ['not_found', 'many', 'blocked', 'unavailable', 'unsupported', 'unknown'],
}

/**
 * Asks the company's ERP. The job that makes the call finds the connection and its credentials; the answer is the next
 * input. `blocked` is a customer whose connection is blocked, with the reason in the answer.
 */
export const erp = nodeType({
  schema: z.strictObject({
    connection: z.string().min(1).max(255).optional(),
    operation: z.enum(['customer', 'invoices', 'boleto', 'status', 'ticket', 'plans']),
    with: z.record(VariableName, ValueSource).optional(),
    save_as: SaveAs.optional(),
    stale: DurationText.optional(),
    timeout: DurationText.optional(),
  }),
  outcomes,
  writes: ({save_as: name}) => (name === undefined ? [] : [name]),
  build(data, builder) {
    const {connection = null, operation, with: given = {}, save_as: saveAs} = data
    checkInputs(operation, given, builder)
    const values = Object.entries(given).map(
      ([name, source]) => [name, buildValue(source, ['with', name], builder)] as const,
    )
    const timeoutMs = within(builder, 'timeout', data.timeout, {otherwise: DEFAULT_TIMEOUT, most: LONGEST_TIMEOUT})
    const staleMs = within(builder, 'stale', data.stale, {otherwise: 0, most: LONGEST_STALE})
    return {
      enter: (run) => ({
        do: 'call',
        request: {
          kind: 'erp',
          data: {connection, operation, input: inputOf(run, values), stale_ms: staleMs},
          // Safe for tickets too: their reference is noted before they are sent, so none is opened twice.
          retry: true,
          timeoutMs,
        },
      }),
      resume: (run, input) =>
        input.kind === 'result' ? finish(run, input.result, saveAs) : {do: 'leave', outcome: 'unavailable'},
    }
  },
})

const inputOf = (run: Run, values: readonly (readonly [string, (run: Run) => Json])[]) =>
  Object.fromEntries(values.map(([name, value]) => [name, value(run)]))

function finish(run: Run, {outcome: said, data = null, error}: CallResult, saveAs: string | undefined): Step {
  const outcome = [...outcomes.good, ...outcomes.bad].includes(said) ? said : 'error'
  const answer = data ?? (outcome === 'found' ? null : {message: error ?? ''})
  if (saveAs !== undefined) setVariable(run, saveAs, answer)
  return {do: 'leave', outcome}
}

function checkInputs(operation: string, given: Readonly<Record<string, Json>>, builder: Builder): void {
  const wanted = inputs[operation] ?? {}
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(wanted, name)) continue
    const names = Object.keys(wanted)
    const hint = didYouMean(name, names) ?? (names.length > 0 ? `Known: ${names.join(', ')}.` : undefined)
    const message = `"${name}" is nothing that "${operation}" takes.`
    builder.report(['with', name], {rule: 'unknown-key', at: 'key', message, hint})
  }
  const missing = Object.keys(wanted).filter((name) => wanted[name] && !Object.hasOwn(given, name))
  if (missing.length > 0)
    builder.report(['operation'], {rule: 'missing-key', message: `"${operation}" needs with: {${missing.join(', ')}}.`})
}

function within(
  builder: Builder,
  key: 'timeout' | 'stale',
  source: string | undefined,
  {otherwise, most}: {otherwise: number; most: number},
): number {
  if (source === undefined) return otherwise
  const ms = builder.duration([key], source)
  if (ms > most) builder.report([key], {rule: 'limit', message: `It may be ${most / 1000}s at most.`})
  return Math.min(ms, most)
}
