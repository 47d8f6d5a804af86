import type {Reference} from './cel-cage.ts'
import {toCel, unsafeKeys} from './cel-values.ts'
import type {Scope} from './language.ts'
import type {Names} from './names.ts'

/** What one expression reads of a value: everything, or some of its fields. */
interface Pick {
  whole: boolean
  /** Only asked for with `has()`: absent and null count as absent. */
  guarded: boolean
  time: boolean
  fields: Map<string, Pick>
}

const emptyPick = (): Pick => ({whole: false, guarded: false, time: false, fields: new Map()})

/**
 * Makes the function that copies out of a scope just what an expression reads. Converting the whole scope for
 * `response == 'x'` would cost more than running it; and names that are absent at run time come out as null.
 */
export function picker(references: readonly Reference[], names: Names): (scope: Scope) => Record<string, unknown> {
  const root = emptyPick()
  for (const reference of references) add(root, reference, names)
  const roots = [...root.fields]
  return (scope) => {
    const context: Record<string, unknown> = {}
    for (const [name, pick] of roots) context[name] = take(scope[name], pick)
    return context
  }
}

function add(root: Pick, reference: Reference, names: Names) {
  let pick = root
  let level: Names | undefined = names
  for (const segment of reference.path) {
    let next = pick.fields.get(segment)
    if (!next) pick.fields.set(segment, (next = emptyPick()))
    pick = next
    level = typeof level === 'object' ? level[segment] : undefined
  }
  pick.time = level === 'time'
  if (reference.guarded) pick.guarded = true
  else pick.whole = true
}

function take(value: unknown, pick: Pick): unknown {
  if (pick.time) return typeof value === 'number' ? new Date(value) : null
  if (pick.whole || (pick.guarded && pick.fields.size === 0)) return toCel(value)
  const source: Record<string, unknown> =
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  const result = Object.create(null) as Record<string, unknown>
  for (const [name, field] of pick.fields) {
    const item = Object.hasOwn(source, name) ? source[name] : undefined
    if (unsafeKeys.has(name)) continue
    if (!field.guarded || (item !== undefined && item !== null)) result[name] = take(item, field)
  }
  return result
}
