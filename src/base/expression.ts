import {Environment} from '@marcbachmann/cel-js'
import {cage, type Reference} from './cel-cage.ts'
import {picker} from './cel-scope.ts'
import {fromCel, toCel} from './cel-values.ts'
import type {Moment} from './dates.ts'
import {messageOf} from './errors.ts'
import {callFunction, functions} from './functions.ts'
import type {Json} from './json.ts'
import type {LanguageProblem, Scope} from './language.ts'
import {unknownName, type Names} from './names.ts'

/** A CEL expression that was checked against its scope and may be run any number of times. */
export interface Expression {
  readonly source: string
  /** First names of everything it reads, e.g. `response`, `vars`. */
  readonly uses: ReadonlySet<string>
  /** Everything it reads by its full name, e.g. `vars.cpf`, as a list of segments. */
  readonly paths: readonly (readonly string[])[]
  /** Gives JSON; throws an `ExpressionError` when the values do not fit the expression. */
  evaluate(scope: Scope, moment: Moment): Json
}

/** An expression met values it cannot work with. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError'
}

export const MOST_EXPRESSION_BYTES = 4096
const limits = {maxAstNodes: 2_000, maxDepth: 100, maxListElements: 1_000, maxMapEntries: 1_000, maxCallArguments: 32}

let current: Moment = {now: 0, timeZone: 'UTC'}
const environments = new Map<string, Environment>()

/** Also whole numbers and fractions mix: `vars.price * 1.1` must work when the price is 100. */
function addArithmetic(environment: Environment) {
  const operators: Record<string, (a: number, b: number) => number> = {
    '+': (a, b) => a + b,
    '-': (a, b) => a - b,
    '*': (a, b) => a * b,
    '/': (a, b) => a / b,
  }
  for (const [sign, run] of Object.entries(operators)) {
    const handler = (a: number | bigint, b: number | bigint) => run(Number(a), Number(b))
    environment.registerOperator(`int ${sign} double: double`, handler)
    environment.registerOperator(`double ${sign} int: double`, handler)
  }
  environment.registerOperator(
    'double == int: bool',
    (a: number | bigint, b: number | bigint) => Number(a) === Number(b),
  )
}

function addFunctions(environment: Environment) {
  for (const [name, fn] of Object.entries(functions)) {
    const most = fn.takes?.length ?? 0
    for (let count = most - (fn.optional ?? 0); count <= most; count++) {
      const parameters = Array.from({length: count + 1}, () => 'dyn').join(', ')
      environment.registerFunction(`${name}(${parameters}): ${fn.gives}`, (value: unknown, ...rest: unknown[]) =>
        toCel(
          callFunction(
            fn,
            fromCel(value, true),
            rest.map((one) => fromCel(one, true)),
            current,
          ),
        ),
      )
    }
  }
}

const celTypes = {
  text: 'string',
  flag: 'bool',
  time: 'google.protobuf.Timestamp',
  count: 'int',
  share: 'double',
  value: 'dyn',
  open: 'map',
} as const

/** Making an environment is slow, so scopes with the same first names share one. */
function environmentFor(names: Names): Environment {
  const roots = typeof names === 'string' ? [] : Object.entries(names)
  const types = roots.map(([name, shape]) => [name, typeof shape === 'string' ? celTypes[shape] : 'map'] as const)
  const key = types.map((pair) => pair.join(':')).join(' ')
  let environment = environments.get(key)
  if (!environment) {
    environment = new Environment({homogeneousAggregateLiterals: false, limits})
    for (const [name, type] of types) environment.registerVariable(name, type)
    addArithmetic(environment)
    addFunctions(environment)
    environments.set(key, environment)
  }
  return environment
}

/** Checks an expression: syntax, names, types, cage. `want: 'bool'` refuses what can never be true or false. */
export function compileExpression(
  source: string,
  names: Names,
  want: 'bool' | 'any' = 'any',
): {expression: Expression; problem?: undefined} | {expression?: undefined; problem: LanguageProblem} {
  if (Buffer.byteLength(source) > MOST_EXPRESSION_BYTES)
    return {problem: {message: `It is longer than ${MOST_EXPRESSION_BYTES} bytes.`, at: 0}}
  if (source.trim() === '') return {problem: {message: 'It is empty.', at: 0}}
  try {
    const parsed = environmentFor(names).parse(source)
    const {references, problem} = cage(parsed.ast)
    if (problem) return {problem}
    const unknown = firstUnknown(references, names)
    if (unknown) return {problem: unknown}
    const checked = parsed.check()
    if (!checked.valid) return {problem: problemOf(checked.error, source)}
    if (want === 'bool' && checked.type !== 'bool' && checked.type !== 'dyn')
      return {problem: {message: `It gives ${checked.type}, but it has to be true or false.`, at: 0}}
    return {expression: build(source, parsed, references, names)}
  } catch (error) {
    return {problem: problemOf(error, source)}
  }
}

function build(
  source: string,
  parsed: ReturnType<Environment['parse']>,
  references: readonly Reference[],
  names: Names,
): Expression {
  const pick = picker(references, names)
  const meter = cage.meter(parsed.ast)
  return {
    source,
    uses: new Set(references.map((reference) => String(reference.path[0]))),
    paths: references.map((reference) => reference.path),
    evaluate(scope, moment) {
      current = moment
      meter()
      try {
        return fromCel(parsed(pick(scope)) as unknown)
      } catch (error) {
        throw new ExpressionError(summaryOf(error))
      }
    },
  }
}

function firstUnknown(references: readonly Reference[], names: Names): LanguageProblem | undefined {
  for (const {path, offsets} of references) {
    const unknown = unknownName(names, path)
    if (unknown) return {message: unknown.message, hint: unknown.hint, at: offsets[unknown.segment] ?? 0}
  }
  return undefined
}

const summaryOf = (error: unknown) => {
  const summary = (error as {summary?: unknown} | null)?.summary
  return typeof summary === 'string' ? summary : (messageOf(error).split('\n')[0] ?? '')
}

const slips: readonly {found: RegExp; hint: string}[] = [
  {found: /^=(?!=)/, hint: '"=" is no CEL operator; use "==".'},
  {found: /^&(?!&)/, hint: 'Use "&&".'},
  {found: /^\|(?!\|)/, hint: 'Use "||".'},
  {found: /^[“”‘’]/, hint: 'Use straight quotes: \' or ".'},
  {found: /^(and|e)\b/i, hint: 'Use "&&".'},
  {found: /^(or|ou)\b/i, hint: 'Use "||".'},
  {found: /^not\b/i, hint: 'Use "!".'},
]

function problemOf(error: unknown, source: string): LanguageProblem {
  const range = (error as {range?: {start?: number}} | null)?.range
  const at = Math.min(range?.start ?? 0, source.length)
  const hint = slips.find((slip) => slip.found.test(source.slice(at)))?.hint
  return {message: summaryOf(error), hint, at}
}
