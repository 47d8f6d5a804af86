import {isRecord} from '../base/json.ts'
import {didYouMean} from '../base/nearest.ts'
import type {Path, Report} from './problem.ts'
import type {Json} from './session.ts'

const reference = /\$\{var\.([A-Za-z0-9_.-]+)\}/g
const whole = /^\$\{var\.([A-Za-z0-9_.-]+)\}$/

/** Puts the values of `${var.NAME}` in place; a text that is nothing else takes the value's type. */
export function substitute(value: unknown, variables: Readonly<Record<string, Json>>, report: Report): unknown {
  const lookUp = (name: string, path: Path): Json => {
    if (Object.hasOwn(variables, name)) return variables[name] ?? null
    const hint = didYouMean(name, Object.keys(variables)) ?? 'Set it in pytake.yaml or with --var.'
    report(path, {rule: 'unknown-variable', message: `\${var.${name}} has no value.`, hint})
    return `\${var.${name}}`
  }
  const walk = (node: unknown, path: Path): unknown => {
    if (typeof node === 'string') {
      const only = whole.exec(node)?.[1]
      if (only !== undefined) return lookUp(only, path)
      return node.replace(reference, (_, name: string) => {
        const found = lookUp(name, path)
        return typeof found === 'string' ? found : JSON.stringify(found)
      })
    }
    if (Array.isArray(node)) return node.map((item, index) => walk(item, [...path, index]))
    if (!isRecord(node)) return node
    return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, walk(item, [...path, key])]))
  }
  return walk(value, [])
}
