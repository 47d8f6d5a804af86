import {z} from 'zod'
import {systemClock} from '../base/clock.ts'
import {invalid} from '../base/errors.ts'
import {compilePattern} from '../base/pattern.ts'
import {mutate} from '../flow/test-run/mutate.ts'
import {runTests} from '../flow/test-run/run.ts'
import {FlowCoverage} from './flow-coverage.ts'
import {localOperation} from './operation.ts'

export {lineTexts} from '../flow/test-run/transcript.ts'

const MOST_FLOWS = 1_000
const MOST_TESTS = 2_000

const TextFile = z.strictObject({name: z.string().min(1).max(1000), text: z.string()})

const files = {
  /** Flow files: those under test, and those they may jump to. */
  flows: z.array(TextFile).max(MOST_FLOWS),
  tests: z
    .array(TextFile.extend({transcript: z.string().optional()}))
    .min(1, 'there is no test file')
    .max(MOST_TESTS),
  /** Values of `${var.NAME}`; a test file's own come first. */
  variables: z.record(z.string(), z.json()).default({}),
}

const position = {line: z.number(), column: z.number()}
const FlowPlace = z.object({file: z.string(), line: z.number(), node: z.string()})

const Line = z.object({who: z.enum(['customer', 'bot', 'person', 'call', 'time']), text: z.string()})

const Dialogue = z.object({
  name: z.string(),
  ...position,
  passed: z.boolean(),
  lines: z.array(Line),
  failure: z
    .object({
      ...position,
      message: z.string(),
      expected: z.string().optional(),
      got: z.string().optional(),
      hint: z.string().optional(),
      flow: FlowPlace.optional(),
    })
    .optional(),
})

const TestedFile = z.object({
  file: z.string(),
  flow: z.string().optional(),
  ms: z.number(),
  passed: z.boolean(),
  problems: z.array(
    z.object({file: z.string(), ...position, rule: z.string(), message: z.string(), hint: z.string().optional()}),
  ),
  dialogues: z.array(Dialogue),
  inputs: z.number(),
  transcript: z.string().optional(),
  difference: z.array(z.string()).optional(),
})
export type TestedFile = z.output<typeof TestedFile>

export const FlowTests = z.object({files: z.array(TestedFile), coverage: z.array(FlowCoverage)})

/** Plays the dialogues of test files against their flows, where the files are. */
export const testFlows = localOperation({
  id: 'flows.test',
  summary: 'Run the tests of flows.',
  input: z.strictObject({
    ...files,
    /** Names of flow files that count in the coverage whether a test is there for them or not. */
    covered: z.array(z.string()).max(MOST_FLOWS).default([]),
    /** Only dialogues whose name or file has this text, or matches it as /pattern/. */
    filter: z.string().optional(),
  }),
  output: FlowTests,
  async run(_context, {filter, ...asked}) {
    return runTests({...asked, only: filterOf(filter), monotonic: () => systemClock.monotonic()})
  },
})

function filterOf(filter: string | undefined): ((file: string, dialogue: string) => boolean) | undefined {
  if (filter === undefined) return undefined
  if (!/^\/.+\/[ims]*$/s.test(filter)) {
    const text = filter.toLowerCase()
    return (file, dialogue) => dialogue.toLowerCase().includes(text) || file.toLowerCase().includes(text)
  }
  const {pattern, problem} = compilePattern(filter)
  if (!pattern) throw invalid('filter', problem)
  return (file, dialogue) => pattern.test(dialogue) || pattern.test(file)
}

const Mutation = z.object({
  flow: z.string(),
  file: z.string(),
  total: z.number(),
  noticed: z.number(),
  survivors: z.array(z.object({node: z.string(), line: z.number(), change: z.string(), unreached: z.boolean()})),
})
export type Mutation = z.output<typeof Mutation>

/** Changes one flow in one place at a time and tells which changes its tests do not notice. */
export const mutateFlow = localOperation({
  id: 'flows.mutate',
  summary: 'Tell which changes of a flow its tests would not notice.',
  input: z.strictObject({
    ...files,
    /** The file of the flow that is changed. */
    file: z.string(),
  }),
  output: Mutation,
  async run(_context, input) {
    return mutate(input)
  },
})
