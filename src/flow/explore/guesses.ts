import {compileExpression} from '../../base/expression.ts'
import {isRecord, type Json} from '../../base/json.ts'
import type {FlowParts} from '../definition.ts'
import {answerNames} from '../scope.ts'

/** What a flow itself tells about the values that it might meet. */
export interface Guesses {
  /** Texts and numbers that its conditions compare with. */
  texts: readonly string[]
  numbers: readonly number[]
  /** Answers worth trying for a call, by its node. */
  bodies(this: void, node: string): readonly Json[]
  /** First names that its conditions read: `contact`, `business`. */
  reads: ReadonlySet<string>
  /** Whether the value of a variable may decide where it goes. */
  decides(this: void, variable: string): boolean
}

const MOST_TEXTS = 40
const MOST_BODIES = 12
/** Eight digits are a CEP, a number, a part of most documents: more flows go on with it than with a word. */
const SAMPLE = '13083970'
const LINK = 'https://example.com/arquivo.pdf'
const DAY = '2026-01-10'

export function guessesOf({flow, pieces}: FlowParts): Guesses {
  const conditions = pieces.flatMap(({expression}) => expression ?? [])
  const sources = conditions.map(({source}) => source)
  const texts = [...new Set(sources.flatMap(quoted))].slice(0, MOST_TEXTS)
  const numbers = [...new Set(sources.flatMap(compared))].slice(0, MOST_TEXTS)
  const written = pieces.map(({expression, text}) => (expression ?? text)?.source ?? '')
  const known: Known = {
    shapes: shapesOf(pieces.flatMap(({expression, text}) => [...(expression?.paths ?? []), ...(text?.paths ?? [])])),
    lists: new Set(written.flatMap(listed)),
    links: new Set(pieces.filter(({path}) => path.some(isLink)).flatMap(({text}) => (text?.paths ?? []).map(nameOf))),
    days: new Set(written.flatMap(asDays)),
    texts,
    numbers,
  }
  const bodies = new Map(
    flow.nodes.map(({id, type, data}) => {
      return [id, bodiesOf(placesOf(type, data), known)] as const
    }),
  )
  const deciding = new Set(
    conditions.flatMap(({paths}) => paths.flatMap(([root, name]) => (root === 'vars' ? [name] : []))),
  )
  return {
    texts,
    numbers,
    bodies: (node) => bodies.get(node) ?? [null],
    reads: new Set(conditions.flatMap(({uses}) => [...uses])),
    decides: (variable) => deciding.has(variable),
  }
}

const isLink = (key: string | number) => key === 'link' || key === 'url'
const nameOf = ([, ...names]: readonly string[]) => names.join('.')

/** Variables that are read as days: `vars.x | date`, `days_until(vars.x)`. */
const asDays = (source: string): string[] =>
  [
    /vars\.([\w.[\]]+)\s*\|\s*(?:date|days_until|add_days|weekday)\b/g,
    /\b(?:date|days_until|add_days|weekday)\(\s*vars\.([\w.[\]]+)/g,
  ]
    .flatMap((pattern) => [...source.matchAll(pattern)])
    .map((match) => (match[1] ?? '').replace(/\[(\d+)\]/g, '.$1'))

const quoted = (source: string): string[] =>
  [...source.matchAll(/'([^'\\]*)'|"([^"\\]*)"/g)].map((match) => match[1] ?? match[2] ?? '')

/** A number, and its neighbours on both sides. */
const compared = (source: string): number[] =>
  [...source.replace(/'[^']*'|"[^"]*"/g, '').matchAll(/(?<![\w.])-?\d+(?:\.\d+)?/g)].flatMap(([text]) => {
    const number = Number(text)
    return [number, number - 1, number + 1]
  })

/** Variables that are read as lists: `size(vars.x)`, `… in vars.x.y`, `vars.x[0]`, `for y in vars.x`, `vars.x.size`. */
const listed = (source: string): string[] =>
  [
    /size\(\s*vars\.([\w.]+)/g,
    /\bin\s+vars\.([\w.]+)/g,
    /\bvars\.([\w.]+)\[/g,
    /\bvars\.([\w.]+)\.(?:size|first|last|exists|all|map|filter)\b/g,
  ].flatMap((pattern) => [...source.matchAll(pattern)].map((match) => match[1] ?? ''))

/** What is read of each variable, as nested names. */
interface Shape {
  [name: string]: Shape
}

function shapesOf(paths: readonly (readonly string[])[]): Shape {
  const shapes: Shape = {}
  for (const [root, ...rest] of paths) {
    let at = shapes
    for (const name of root === 'vars' ? rest : []) at = at[name] ??= {}
  }
  return shapes
}

interface Known {
  shapes: Shape
  /** Names of variables, with what is read inside them. */
  lists: ReadonlySet<string>
  links: ReadonlySet<string>
  days: ReadonlySet<string>
  texts: readonly string[]
  numbers: readonly number[]
}

/** Where in an answer the value of a variable stands. */
interface Place {
  name: string
  path: readonly string[]
}

function placesOf(type: string, data: unknown): Place[] {
  const {save = {}, save_as: whole} = data as {save?: Record<string, string>; save_as?: string}
  if (type === 'erp') return whole === undefined ? [] : [{name: whole, path: []}]
  return Object.entries(save).flatMap(([name, source]) => {
    const path = compileExpression(source, answerNames, 'any').expression?.paths.find(([root]) => root === 'body')
    return path ? [{name, path: path.slice(1)}] : []
  })
}

/** Answers to a call: one with everything that is read of it, one with empty lists, one with nothing, and those that conditions name. */
function bodiesOf(places: readonly Place[], known: Known): Json[] {
  if (places.length === 0) return [null]
  const filled = (valueOf: (name: string) => Json): Json =>
    places.reduce<Json>((body, {name, path}) => withValue(body, path, valueOf(name)), {})
  const usual = (name: string) => sample(name, known.shapes[name] ?? {}, known)
  const bodies = [filled(usual)]
  if (places.some(({name}) => Array.isArray(usual(name))))
    bodies.push(filled((name) => (Array.isArray(usual(name)) ? [] : usual(name))))
  for (const {name} of places) bodies.push(filled((other) => (other === name ? null : usual(other))))
  for (const value of [...known.texts, ...known.numbers, true, false])
    for (const {name} of places.filter(({name}) => typeof usual(name) === 'string'))
      bodies.push(filled((other) => (other === name ? value : usual(other))))
  return distinct(bodies).slice(0, MOST_BODIES)
}

function sample(path: string, shape: Shape, known: Known): Json {
  const names = Object.keys(shape).filter((name) => name !== 'size')
  const inner = names.filter((name) => !/^\d+$/.test(name))
  const item = names.find((name) => /^\d+$/.test(name))
  if (item !== undefined || known.lists.has(path)) return [sample(`${path}.0`, shape[item ?? ''] ?? {}, known)]
  if (inner.length > 0)
    return Object.fromEntries(inner.map((name) => [name, sample(`${path}.${name}`, shape[name] ?? {}, known)]))
  if (known.links.has(path)) return LINK
  return known.days.has(path) ? DAY : SAMPLE
}

function withValue(body: Json, [first, ...rest]: readonly string[], value: Json): Json {
  if (first === undefined) return value
  const own = isRecord(body) ? body : {}
  return {...own, [first]: withValue(own[first] ?? {}, rest, value)}
}

const distinct = (values: readonly Json[]): Json[] => [
  ...new Map(values.map((one) => [JSON.stringify(one), one])).values(),
]
