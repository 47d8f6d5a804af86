import {z} from 'zod'
import {isRecord} from '../base/json.ts'
import type {Builder, Run} from './node.ts'
import type {Path} from './problem.ts'
import {evaluate, render} from './run.ts'
import {withoutReferences} from './secrets.ts'
import type {Json} from './session.ts'

/** A value in a flow file: text is Liquid, `{expr: CEL}` keeps its type, lists and objects hold more of the same. */
export const ValueSource: z.ZodType<Json> = z.json()

/** Gives the value for one turn. */
export type Value = (run: Run) => Json

/** Compiles a value. `secrets` allows `${secret.NAME}` in its texts. */
export function buildValue(source: Json, path: Path, builder: Builder, secrets = false): Value {
  if (typeof source === 'string') {
    const text = builder.text(path, source, {secrets})
    return (run) => render(run, text)
  }
  if (Array.isArray(source)) {
    const items = source.map((item, index) => buildValue(item, [...path, index], builder, secrets))
    return (run) => items.map((item) => item(run))
  }
  if (!isRecord(source)) return () => source
  const keys = Object.keys(source)
  if (keys.length === 1 && typeof source.expr === 'string') {
    const expression = builder.expression([...path, 'expr'], source.expr)
    return secrets ? (run) => withoutReferences(evaluate(run, expression)) : (run) => evaluate(run, expression)
  }
  const entries = keys.map((key) => [key, buildValue(source[key] ?? null, [...path, key], builder, secrets)] as const)
  return (run) => Object.fromEntries(entries.map(([key, value]) => [key, value(run)]))
}

const nameMistake = 'A variable is letters, digits and _, and does not begin with a digit.'

/** Name of a variable. */
export const VariableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, nameMistake)

/** `cpf` and `vars.cpf` name the same variable. */
export const SaveAs = z
  .string()
  .regex(/^(?:vars\.)?[A-Za-z_][A-Za-z0-9_]{0,63}$/, nameMistake)
  .transform((name) => name.replace(/^vars\./, ''))

/** A length of time; what is no duration is told by the builder, with its place. */
export const DurationText = z.string('Write a duration: 90s, 30m, 24h, 2d or 1h30m.')
