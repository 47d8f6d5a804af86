import type {Json} from '../session.ts'
import {createCoverage, type FlowCoverage} from '../test-run/coverage.ts'
import {createLibraries, type FlowFile, type TextFile} from '../test-run/library.ts'
import {botLine, callLine, inputLine, type Line} from '../test-run/lines.ts'
import {readSuite} from '../test-run/read.ts'
import type {Suite, TestProblem} from '../test-run/suite.ts'
import {circles, goingRound, trailTo, wrongAt, type FindingRule, type WalkFinding} from './findings.ts'
import {walk, type Place, type WalkLimits} from './explore.ts'
import type {Hints} from './tries.ts'

export interface Exploration {
  flow: string
  file: string
  problems: TestProblem[]
  /** Different places that conversations came to, and how many ways ended. */
  places: number
  ends: number
  steps: number
  /** The longest way, in inputs. */
  deepest: number
  /** False when a limit stopped it. */
  complete: boolean
  coverage?: FlowCoverage
  findings: Found[]
  /** Circles of nodes that customers can walk and leave. */
  circles: string[][]
}

export interface Found {
  rule: FindingRule
  severity: 'error' | 'warn'
  flow: string
  file: string
  node: string
  line: number
  column: number
  message: string
  /** Who it happens to, and the dialogue up to there. */
  who: string
  lines: Line[]
}

export interface ExploreInput {
  /** The flow first, then those it may jump to. */
  flows: readonly TextFile[]
  /** Tests beside it: their answers of calls and their texts are tried too, and their values where there are no others. */
  tests: readonly TextFile[]
  variables: Readonly<Record<string, Json>>
  limits: WalkLimits
}

/** Walks through the first flow and tells what is wrong on any way. Never throws for what an author can get wrong. */
export function explore({flows, tests, variables, limits}: ExploreInput): Exploration {
  const [first] = flows
  const suites = tests.flatMap(({text, name}) => readSuite(text, name).suite ?? [])
  const ofTests = Object.assign({}, ...suites.map((suite) => suite.variables)) as Record<string, Json>
  const library = createLibraries(flows).with({...ofTests, ...variables})
  const root = first && library.find(first.name, '')
  const nothing = {flow: '', file: first?.name ?? '', places: 0, ends: 0, steps: 0, deepest: 0, complete: false}
  const empty: Exploration = {...nothing, problems: [], findings: [], circles: []}
  if (!root?.loaded.parts) return {...empty, problems: problemsOf(root ? [root] : [])}
  const files = library.closure(root, root.file)
  const problems = problemsOf(files)
  if (problems.length > 0) return {...empty, problems}
  return walked(root, files, {hints: hintsOf(suites), limits})
}

const problemsOf = (files: readonly FlowFile[]): TestProblem[] =>
  files
    .flatMap(({loaded}) => loaded.problems.filter(({severity}) => severity === 'error'))
    .map(({file, line, column, rule, message, hint}) => ({file, line, column, rule, message, hint}))

function walked(
  root: FlowFile,
  files: readonly FlowFile[],
  {hints, limits}: {hints: Hints; limits: WalkLimits},
): Exploration {
  const {parts} = root.loaded
  const compiled = files.flatMap((file) => file.compiled ?? [])
  const byKey = new Map(compiled.map((flow) => [flow.key, flow]))
  const coverage = createCoverage()
  coverage.expect(root)
  const found = new Map<string, WalkFinding>()
  const keep = (finding: WalkFinding) => {
    const key = `${finding.rule} ${finding.flow} ${finding.message}`
    // The shortest way there is the first that comes.
    if (!found.has(key)) found.set(key, finding)
  }
  const walkedThrough = walk({
    flows: compiled,
    parts: parts ?? fail(),
    others: files.flatMap(({loaded}) => (loaded.parts && loaded.parts !== parts ? [loaded.parts] : [])),
    hints,
    limits,
    notice(happened, place) {
      coverage.add(files, happened)
      for (const finding of wrongAt(place, byKey)) keep(finding)
    },
  })
  for (const finding of goingRound(walkedThrough)) keep(finding)
  const {places, steps, complete} = walkedThrough
  return {
    flow: root.compiled?.key ?? '',
    file: root.file,
    problems: [],
    places: places.length,
    ends: places.filter(({next}) => next.length === 0).length,
    steps,
    deepest: places.reduce((most, {depth}) => Math.max(most, depth), 0),
    complete,
    coverage: coverage.report()[0],
    findings: [...found.values()].map((finding) => toldOf(finding, files)).sort(bySeverity),
    circles: circles(walkedThrough),
  }
}

const fail = (): never => {
  throw new Error('A flow without parts has problems.')
}

const bySeverity = (a: Found, b: Found) =>
  Number(a.severity === 'warn') - Number(b.severity === 'warn') || a.line - b.line

function toldOf({place, ...finding}: WalkFinding, files: readonly FlowFile[]): Found {
  const file = files.find(({compiled}) => compiled?.key === finding.flow)
  const position = file?.loaded.positions.get(finding.node) ?? {line: 1, column: 1}
  return {...finding, ...position, file: file?.file ?? '', who: place.beginning.about, lines: linesTo(place)}
}

function linesTo(place: Place): Line[] {
  return trailTo(place).flatMap(({from, happened}) => {
    if (!from) return []
    const said = happened.flatMap((one) => {
      if (one.kind === 'out') return [botLine(one.content)]
      return one.kind === 'call' ? [callLine(one)] : []
    })
    return from.input.do === 'answer' ? said : [inputLine(from.input), ...said]
  })
}

/** What tests tell about the world around a flow. Their mistakes are told elsewhere. */
function hintsOf(suites: readonly Suite[]): Hints {
  const mocks = suites.flatMap((suite) => [...suite.mocks, ...suite.dialogues.flatMap((dialogue) => dialogue.mocks)])
  const texts = suites.flatMap(({dialogues}) =>
    dialogues.flatMap(({steps}) =>
      steps.flatMap((step) => (step.kind === 'input' && step.input.do === 'say' ? [step.input.text] : [])),
    ),
  )
  return {
    texts: [...new Set(texts)],
    // By the node alone: addresses differ by context.
    answers: ({node, request}) =>
      mocks.filter(({call, match}) => call === request.kind && (match.node ?? node) === node).map(({result}) => result),
  }
}
