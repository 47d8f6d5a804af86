import type {Json} from '../session.ts'
import {bind, type Bound} from './check.ts'
import {createCoverage, type Coverage, type FlowCoverage} from './coverage.ts'
import type {Failure} from './failure.ts'
import {createLibraries, type Libraries, type TextFile} from './library.ts'
import type {Line} from './lines.ts'
import {play, type Played} from './play.ts'
import {readSuite} from './read.ts'
import type {Position, TestProblem} from './suite.ts'
import {diffLines, transcriptOf} from './transcript.ts'

export interface TestFile extends TextFile {
  /** The golden transcript beside it, when there is one. */
  transcript?: string
}

export interface TestRun {
  flows: readonly TextFile[]
  tests: readonly TestFile[]
  /** Flow files that count in the coverage whether a test is there for them or not. */
  covered?: readonly string[]
  variables?: Readonly<Record<string, Json>>
  /** Only dialogues whose name, or whose file's name, it takes. */
  only?: (file: string, dialogue: string) => boolean
  /** Milliseconds, for telling how long a file took. */
  monotonic: () => number
}

export interface DialogueResult extends Position {
  name: string
  passed: boolean
  lines: Line[]
  failure?: Omit<Failure, 'at' | 'place'> & Position & {flow?: {file: string; line: number; node: string}}
}

export interface FileResult {
  file: string
  flow?: string
  ms: number
  passed: boolean
  problems: TestProblem[]
  dialogues: DialogueResult[]
  /** How often the customer, a person or time did something. */
  inputs: number
  /** What the golden transcript would be now, when every dialogue passed and none was left out. */
  transcript?: string
  /** How it differs from the one that is there. */
  difference?: string[]
}

export interface TestReport {
  files: FileResult[]
  coverage: FlowCoverage[]
}

/** Runs test files over flow files. Pure but for `monotonic`; never throws for what an author can get wrong. */
export function runTests({flows, tests, covered = [], variables = {}, only, monotonic}: TestRun): TestReport {
  const libraries = createLibraries(flows)
  const coverage = createCoverage()
  const files = tests.map((test): FileResult => {
    const from = monotonic()
    const result = runFile(test, {libraries, variables, only, coverage})
    return {...result, ms: monotonic() - from}
  })
  const library = libraries.with(variables)
  for (const file of covered) {
    const flow = library.find(file, '')
    if (flow) coverage.expect(flow)
  }
  return {files, coverage: coverage.report()}
}

interface Setting extends Pick<TestRun, 'only'> {
  libraries: Libraries
  variables: Readonly<Record<string, Json>>
  coverage: Coverage
}

function runFile(test: TestFile, {libraries, variables, only, coverage}: Setting): Omit<FileResult, 'ms'> {
  const {bound, problems} = openSuite(test, libraries, variables)
  const nothing = {file: test.name, passed: false, problems, dialogues: [], inputs: 0}
  if (!bound) return nothing
  const {suite, flows} = bound
  const [flow] = flows
  if (flow) coverage.expect(flow)
  const chosen = suite.dialogues.filter(({name}) => only?.(test.name, name) ?? true)
  const played = chosen.map((dialogue) => play(bound, dialogue))
  for (const {happened} of played) coverage.add(flows, happened)
  const isWhole = chosen.length === suite.dialogues.length
  const passed = played.every(({failure}) => !failure)
  if (isWhole && passed) problems.push(...unusedMocks(bound, played))
  const transcript = isWhole && passed ? transcriptOf(suite.flow.value, played) : undefined
  const differs = transcript !== undefined && test.transcript !== undefined && transcript !== test.transcript
  return {
    file: test.name,
    flow: flow?.compiled?.key,
    passed: passed && problems.length === 0 && !differs,
    problems,
    dialogues: played.map((one) => resultOf(one, bound)),
    inputs: played.reduce((sum, {inputs}) => sum + inputs, 0),
    transcript,
    difference: differs ? diffLines(test.transcript ?? '', transcript) : undefined,
  }
}

/** Reads a test file and finds its flows. */
export function openSuite(
  test: TextFile,
  libraries: Libraries,
  variables: Readonly<Record<string, Json>>,
): {bound?: Bound; problems: TestProblem[]} {
  const {suite, problems} = readSuite(test.text, test.name)
  return suite ? bind(suite, libraries.with({...variables, ...suite.variables})) : {problems}
}

/** A mock that nobody needs hides that a call is not made any more. */
function unusedMocks({suite}: Bound, played: readonly Played[]): TestProblem[] {
  const mocks = [...suite.mocks, ...suite.dialogues.flatMap((dialogue) => dialogue.mocks)]
  return mocks.flatMap((mock) => {
    const {at, call, times, optional} = mock
    const most = Math.max(0, ...played.map(({used}) => used.get(mock) ?? 0))
    if (optional || most >= (times ?? 1)) return []
    const message =
      most === 0
        ? `No ${call} uses this mock.`
        : `This mock is for ${times} calls; ${most} is the most that a dialogue made.`
    return [{file: suite.file, ...at, rule: 'unused-mock', message, hint: 'Remove it, or mark it optional: true.'}]
  })
}

function resultOf({dialogue: {name, at}, lines, failure}: Played, {flows}: Bound): DialogueResult {
  const result: DialogueResult = {name, ...at, passed: !failure, lines}
  if (!failure) return result
  const {at: where, place, ...told} = failure
  const file = flows.find(({compiled}) => compiled?.key === place?.flow)
  const position = place && file?.loaded.positions.get(place.node)
  const flow = place && file && position ? {file: file.file, line: position.line, node: place.node} : undefined
  return {...result, failure: {...told, ...where, flow}}
}
