import type {Json} from '../session.ts'
import type {LoadedFlow, Problem} from '../definition.ts'
import {createLibraries, type TextFile} from '../test-run/library.ts'
import {readSuite} from '../test-run/read.ts'
import {runTests} from '../test-run/run.ts'
import {drawingOf, type Drawing} from './drawing.ts'

export interface DrawInput {
  /** The flow first, then those it may jump to. */
  flows: readonly TextFile[]
  /** Its tests: their values count where there are no others. */
  tests: readonly TextFile[]
  variables: Readonly<Record<string, Json>>
  /** Mark what no test reaches. */
  coverage: boolean
}

/** Reads a flow for drawing.. */
export function draw({flows, tests, variables, coverage}: DrawInput): {drawing?: Drawing; problems: Problem[]} {
  const [first] = flows
  const suites = tests.flatMap(({text, name}) => readSuite(text, name).suite ?? [])
  const ofTests = Object.assign({}, ...suites.map((suite) => suite.variables)) as Record<string, Json>
  const root =
    first &&
    createLibraries(flows)
      .with({...ofTests, ...variables})
      .find(first.name, '')
  if (!root?.loaded.parts) return {problems: root?.loaded.problems ?? []}
  const {parts, problems} = root.loaded
  if (problems.some(isError)) return {problems}
  if (!coverage) return {drawing: drawingOf(parts), problems}
  const report = runTests({flows, tests, variables, monotonic: () => 0})
  return {drawing: drawingOf(parts, report.coverage.find((one) => one.file === root.file) ?? untested(parts)), problems}
}

const isError = ({severity}: Problem) => severity === 'error'

/** Without a test nothing is reached. */
function untested({flow}: NonNullable<LoadedFlow['parts']>) {
  const line = 1
  const nodes = flow.nodes.map(({id: node}) => ({kind: 'node' as const, node, line}))
  const edges = flow.edges.map(({source: node, target, condition}) => ({
    kind: 'edge' as const,
    node,
    target,
    condition,
    line,
  }))
  const none = (total: number) => ({reached: 0, total})
  return {flow: flow.flow, file: '', nodes: none(nodes.length), edges: none(edges.length), missed: [...nodes, ...edges]}
}
