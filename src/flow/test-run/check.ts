import {didYouMean} from '../../base/nearest.ts'
import type {CompiledFlow} from '../compile.ts'
import type {FlowFile, Library} from './library.ts'
import type {Dialogue, Placed, Position, Suite, TestProblem} from './suite.ts'

/** A suite with its flows. */
export interface Bound {
  suite: Suite
  /** The flow under test first. */
  flows: readonly FlowFile[]
  compiled: readonly CompiledFlow[]
}

const states = ['none', 'active', 'calling', 'transferred', 'completed', 'abandoned', 'expired', 'failed', 'replaced']

type Refuse = (at: Position, rule: string, message: string, hint?: string) => void

/** Finds the flows of a suite and everything the suite names in them. Never throws. */
export function bind(suite: Suite, library: Library): {bound?: Bound; problems: TestProblem[]} {
  const problems: TestProblem[] = []
  const refuse: Refuse = (at, rule, message, hint) => problems.push({file: suite.file, ...at, rule, message, hint})
  const roots = [suite.flow, ...suite.also].flatMap(({value, at}) => {
    const found = library.find(value, suite.file)
    if (!found) refuse(at, 'unknown-flow', `There is no flow "${value}" here.`, library.hint(value))
    return found ?? []
  })
  if (problems.length > 0) return {problems}
  const flows = [...new Set(roots.flatMap((flow) => library.closure(flow, suite.file)))]
  const broken = flows.flatMap(({loaded}) => loaded.problems.filter(({severity}) => severity === 'error'))
  problems.push(
    ...broken.map(({file, line, column, rule, message, hint}) => ({file, line, column, rule, message, hint})),
  )
  const compiled = flows.flatMap((flow) => flow.compiled ?? [])
  if (problems.length > 0) return {problems}
  const names = namesOf(compiled)
  for (const dialogue of suite.dialogues) checkDialogue(dialogue, names, refuse)
  for (const mock of [...suite.mocks, ...suite.dialogues.flatMap(({mocks}) => mocks)]) {
    const {node} = mock.match
    if (typeof node === 'string') known({value: node, at: mock.at}, names.nodes, 'node', refuse)
  }
  return problems.length > 0 ? {problems} : {problems, bound: {suite, flows, compiled}}
}

interface Names {
  vars: ReadonlySet<string>
  own: ReadonlySet<string>
  nodes: ReadonlySet<string>
  outcomes: ReadonlySet<string>
}

function namesOf(flows: readonly CompiledFlow[]): Names {
  const nodes = flows.flatMap(({definition}) => definition.nodes)
  const ends = nodes.flatMap(({type, data}) => (type === 'end' ? ((data as {outcome?: string}).outcome ?? []) : []))
  return {
    vars: new Set(flows.flatMap(({vars}) => Object.keys(vars))),
    own: new Set(Object.keys(flows[0]?.vars ?? {})),
    nodes: new Set(nodes.map(({id}) => id)),
    outcomes: new Set([...states, ...ends]),
  }
}

function checkDialogue({vars, varsAt, then}: Dialogue, names: Names, refuse: Refuse): void {
  for (const name of Object.keys(vars)) known({value: name, at: varsAt}, names.own, 'variable', refuse)
  for (const name of Object.keys(then.vars?.value ?? {}))
    known({value: name, at: then.vars?.at ?? varsAt}, names.vars, 'variable', refuse)
  if (then.node) known(then.node, names.nodes, 'node', refuse)
  if (then.outcome) known(then.outcome, names.outcomes, 'outcome', refuse)
}

function known({value, at}: Placed<string>, names: ReadonlySet<string>, what: string, refuse: Refuse): void {
  if (names.has(value)) return
  const hint =
    didYouMean(value, names) ?? (names.size > 0 ? `Known: ${[...names].slice(0, 20).join(', ')}.` : undefined)
  refuse(at, `unknown-${what}`, `"${value}" is no ${what} of this flow.`, hint)
}
