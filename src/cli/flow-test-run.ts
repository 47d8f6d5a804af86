import {PytakeError} from '../base/errors.ts'
import type {Json} from '../base/json.ts'
import type {Client} from '../operations/client.ts'
import type {FlowCoverage} from '../operations/flow-coverage.ts'
import {mutateFlow, type Mutation, type TestedFile, testFlows} from '../operations/flow-tests.ts'
import {writeFile} from './files.ts'
import type {TestSummary} from './flow-test-text.ts'
import type {Io} from './io.ts'
import {type FoundTests, transcriptPath} from './test-files.ts'

export interface TestOptions {
  variables: Record<string, Json>
  filter?: string
  update: boolean
  mutate: boolean
  /** Least per cent of nodes and edges reached, and of changes noticed. */
  least: {coverage?: number; mutation?: number}
  /** Called before each flow whose changes are tried. */
  progress: (file: string) => void
}

export interface TestOutcome {
  files: TestedFile[]
  coverage: FlowCoverage[]
  mutations: Mutation[]
  summary: TestSummary
  /** Transcripts that were written. */
  written: string[]
}

/** Runs the tests that were found, writes transcripts if asked to, and tries changes if asked to. */
export async function runFound(
  io: Io,
  call: Client['call'],
  found: FoundTests,
  options: TestOptions,
): Promise<TestOutcome> {
  const {variables, filter, update} = options
  // A transcript that is written anew is not compared.
  const tests = found.tests.map(({name, text, transcript}) => (update ? {name, text} : {name, text, transcript}))
  const {flows, covered} = found
  const {files, coverage} = await call(testFlows, {flows, tests, covered, variables, filter})
  const summary = summaryOf(files, coverage)
  if (filter !== undefined && summary.dialogues === 0 && summary.problems === 0)
    throw new PytakeError('BAD_REQUEST', `No dialogue has "${filter}" in its name or in that of its file.`)
  const written = update ? writeTranscripts(io, found, files) : []
  const mutations: Mutation[] = []
  for (const {file} of options.mutate && summary.failed === 0 ? coverage : []) {
    options.progress(file)
    mutations.push(await call(mutateFlow, {flows, tests, variables, file}))
  }
  return {files, coverage, mutations, summary, written}
}

/** Why the run as a whole is no success: nothing, or a sentence for each reason. */
export function reasons({files, summary, mutations}: TestOutcome, {least}: TestOptions): string[] {
  const {coverage = 0, mutation = 0} = least
  const failed = files.filter(({passed}) => !passed).length
  const total = mutations.reduce((sum, one) => sum + one.total, 0)
  const noticed = mutations.reduce((sum, one) => sum + one.noticed, 0)
  const share = total === 0 ? 100 : Math.floor((noticed / total) * 100)
  return [
    ...(failed > 0 ? [`${failed === 1 ? '1 test file fails' : `${failed} test files fail`}.`] : []),
    ...(summary.nodes !== null && summary.nodes < coverage
      ? [`The tests reach ${summary.nodes} % of the nodes; ${coverage} % are asked for.`]
      : []),
    ...(summary.edges !== null && summary.edges < coverage
      ? [`The tests reach ${summary.edges} % of the edges; ${coverage} % are asked for.`]
      : []),
    ...(share < mutation ? [`The tests notice ${share} % of the changes; ${mutation} % are asked for.`] : []),
  ]
}

function writeTranscripts(io: Io, found: FoundTests, files: readonly TestedFile[]): string[] {
  return files.flatMap(({file, transcript}) => {
    const before = found.tests.find(({name}) => name === file)?.transcript
    if (transcript === undefined || transcript === before) return []
    const path = transcriptPath(file)
    writeFile(io, path, transcript)
    return [path]
  })
}

function summaryOf(files: readonly TestedFile[], coverage: readonly FlowCoverage[]): TestSummary {
  const sum = <T>(items: readonly T[], value: (item: T) => number) =>
    items.reduce((total, item) => total + value(item), 0)
  const share = (part: 'nodes' | 'edges') => {
    const total = sum(coverage, (flow) => flow[part].total)
    // Rounded down: 99.6 is not all.
    return total === 0 ? null : Math.floor((sum(coverage, (flow) => flow[part].reached) / total) * 100)
  }
  return {
    dialogues: sum(files, ({dialogues}) => dialogues.length),
    failed: sum(files, ({dialogues}) => dialogues.filter(({passed}) => !passed).length),
    problems: sum(files, ({problems}) => problems.length),
    inputs: sum(files, ({inputs}) => inputs),
    ms: sum(files, ({ms}) => ms),
    nodes: share('nodes'),
    edges: share('edges'),
  }
}
