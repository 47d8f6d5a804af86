import {isAlias, isMap, isScalar, isSeq, type Alias, type Document, type Node, type YAMLMap} from 'yaml'

/** Something in a document that no flow may have, and where it begins. */
export interface SourceProblem {
  offset: number
  rule: 'syntax' | 'limit'
  message: string
}

export const MOST_ALIASES = 50
/** Lists and objects in one another. */
export const DEEPEST_NESTING = 64
const MOST_PROBLEMS = 100
/** Values of a file when every alias is written out. */
const MOST_VALUES = 100_000

interface Walk {
  document: Document
  problems: SourceProblem[]
  aliases: number
  /** Values in every anchored node that is complete; an alias to any other is a circle. */
  sizes: Map<unknown, number>
}

/** Looks for what YAML allows and a flow does not: circles and explosions of aliases, keys that are none, foreign tags. */
export function checkDocument(document: Document): SourceProblem[] {
  const walk: Walk = {document, problems: [], aliases: 0, sizes: new Map()}
  visit(document.contents, 0, walk)
  return walk.problems
}

const offsetOf = (node: unknown) => (node as {range?: readonly number[] | null} | null)?.range?.[0] ?? 0

/** Gives the number of values in a node, aliases written out. */
function visit(node: unknown, depth: number, walk: Walk): number {
  const refuse = (rule: SourceProblem['rule'], message: string, at: unknown = node) => {
    if (walk.problems.length < MOST_PROBLEMS) walk.problems.push({offset: offsetOf(at), rule, message})
    return 1
  }
  if (isAlias(node)) return visitAlias(node, walk, refuse)
  if (depth > DEEPEST_NESTING) return refuse('limit', `It is nested deeper than ${DEEPEST_NESTING} levels.`)
  const {tag, anchor} = (node ?? {}) as Partial<Node & {anchor: string}>
  if (tag !== undefined && !coreTags.has(tag)) refuse('syntax', `The tag "${tag}" is not known here.`)
  let size = 1
  if (isMap(node)) {
    checkKeys(node, refuse)
    for (const {value} of node.items) size += visit(value, depth + 1, walk)
  } else if (isSeq(node)) for (const item of node.items) size += visit(item, depth + 1, walk)
  if (anchor !== undefined) walk.sizes.set(node, size)
  return size
}

type Refuse = (rule: SourceProblem['rule'], message: string, at?: unknown) => number

const coreTags = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`),
)

function visitAlias(alias: Alias, walk: Walk, refuse: Refuse): number {
  if (++walk.aliases === MOST_ALIASES + 1) return refuse('limit', `More than ${MOST_ALIASES} aliases.`)
  const target = alias.resolve(walk.document)
  if (!target) return refuse('syntax', `There is no anchor "&${alias.source}" before this alias.`)
  const size = walk.sizes.get(target)
  if (size === undefined) return refuse('limit', `The alias "*${alias.source}" stands inside its own anchor.`)
  if (size <= MOST_VALUES) return size
  refuse('limit', `Written out, the alias "*${alias.source}" makes more than ${MOST_VALUES} values.`)
  // Told once: what holds this alias is not to blame again.
  walk.sizes.set(target, 1)
  return 1
}

/** Not left to the library, whose own check compares every key with every other. */
function checkKeys(map: YAMLMap, refuse: Refuse) {
  const seen = new Set<string>()
  for (const {key} of map.items) {
    if (!isScalar(key)) refuse('syntax', 'A key must be text.', key ?? map)
    else if (seen.has(String(key.value))) refuse('syntax', `The key "${String(key.value)}" stands here twice.`, key)
    else seen.add(String(key.value))
  }
}
