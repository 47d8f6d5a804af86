import type {ASTNode} from '@marcbachmann/cel-js'
import type {LanguageProblem} from './language.ts'

/** A path that an expression reads, such as `contact.name`, with the place of each segment in the source. */
export interface Reference {
  path: string[]
  offsets: number[]
  guarded: boolean
}

const macros = new Set(['map', 'filter', 'all', 'exists', 'exists_one'])
const DEEPEST_MACRO = 2
/** Turns of all macros of one evaluation together. */
const MOST_TURNS = 10_000

const refused: Readonly<Record<string, string>> = {
  matches: 'Regular expressions are not available; use contains, startsWith, endsWith, or a wait that validates.',
  bind: 'cel.bind is not available.',
  json: 'bytes.json is not available.',
}

interface Walk {
  references: Reference[]
  problem?: LanguageProblem
  /** Names bound by the macros around. */
  bound: string[]
  depth: number
}

/** Lists what an expression reads, and refuses what could run for very long. Works on the parsed, unchecked tree. */
export function cage(ast: ASTNode): {references: Reference[]; problem?: LanguageProblem} {
  const walk: Walk = {references: [], bound: [], depth: 0}
  visit(ast, walk)
  return {references: walk.references, problem: walk.problem}
}

function visit(node: ASTNode, walk: Walk): void {
  const path = pathOf(node)
  if (path) return addReference(path, walk, false)
  switch (node.op) {
    case 'call':
      return visitCall(node, walk)
    case 'rcall':
      return visitMethod(node, walk)
    default:
      for (const child of childrenOf(node.args)) visit(child, walk)
  }
}

function visitCall(node: {args: [string, ASTNode[]]; start: number}, walk: Walk) {
  const [name, args] = node.args
  refuse(name, node.start, walk)
  const path = name === 'has' && args[0] ? pathOf(args[0]) : undefined
  if (path) addReference(path, walk, true)
  else for (const argument of args) visit(argument, walk)
}

function visitMethod(node: {args: [string, ASTNode, ASTNode[]]; start: number}, walk: Walk) {
  const [name, receiver, args] = node.args
  refuse(name, node.start, walk)
  visit(receiver, walk)
  const variable = args[0]
  if (!macros.has(name) || args.length < 2 || variable?.op !== 'id') {
    for (const argument of args) visit(argument, walk)
    return
  }
  if (walk.depth === DEEPEST_MACRO)
    walk.problem ??= {message: `${name} is nested deeper than ${DEEPEST_MACRO}.`, at: node.start}
  walk.bound.push(variable.args)
  walk.depth++
  for (const argument of args.slice(1)) visit(argument, walk)
  walk.depth--
  walk.bound.pop()
}

function refuse(name: string, at: number, walk: Walk) {
  if (Object.hasOwn(refused, name)) walk.problem ??= {message: refused[name] ?? '', at}
}

function addReference(path: {path: string[]; offsets: number[]}, walk: Walk, guarded: boolean) {
  if (!walk.bound.includes(path.path[0] ?? '')) walk.references.push({...path, guarded})
}

/** The names of `a.b['c']`; undefined for anything that is no plain path. */
function pathOf(node: ASTNode): {path: string[]; offsets: number[]} | undefined {
  if (node.op === 'id') return {path: [node.args], offsets: [node.start]}
  if (node.op !== '.' && node.op !== '[]') return undefined
  const [left, right] = node.args as [ASTNode, string | ASTNode]
  const key = typeof right === 'string' ? right : right.op === 'value' ? right.args : undefined
  const base = typeof key === 'string' ? pathOf(left) : undefined
  if (!base) return undefined
  base.path.push(key as string)
  base.offsets.push(typeof right === 'string' ? node.end - right.length : right.start)
  return base
}

function childrenOf(args: unknown): ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(childrenOf)
  return typeof args === 'object' && args !== null && 'op' in args ? [args as ASTNode] : []
}

interface Comprehension {
  args: {step: {evaluate(evaluator: unknown, node: unknown, context: unknown): unknown}}
}

/**
 * Makes every turn of every macro count, because the library has a limit for the size of an expression but none for how
 * long it runs. Call after the check; gives the function that starts the count anew.
 */
cage.meter = (ast: ASTNode): (() => void) => {
  let turns = 0
  const wrap = (node: ASTNode) => {
    const expanded = (node as {meta?: {alternate?: ASTNode}}).meta?.alternate
    if ((expanded?.op as string | undefined) === 'comprehension') {
      const {args} = expanded as unknown as Comprehension
      const step = args.step
      args.step = {
        evaluate(evaluator, _node, context) {
          if (++turns > MOST_TURNS) throw new Error(`It takes more than ${MOST_TURNS} turns through lists.`)
          return step.evaluate(evaluator, step, context)
        },
      }
    }
    for (const child of childrenOf(node.args)) wrap(child)
  }
  wrap(ast)
  return () => {
    turns = 0
  }
}
