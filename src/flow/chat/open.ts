import type {Json} from '../session.ts'
import {createLibraries, type FlowFile, type TextFile} from '../test-run/library.ts'
import type {Line} from '../test-run/lines.ts'
import {readSuite} from '../test-run/read.ts'
import {runTests} from '../test-run/run.ts'
import type {TestProblem} from '../test-run/suite.ts'
import type {Contact} from '../simulate/state.ts'
import {createChat, type Chat} from './chat.ts'
import {testOf} from './saved.ts'

export interface OpenInput {
  /** The flow first, then those it may jump to. */
  flows: readonly TextFile[]
  /** Its test: its values, settings, secrets and mocks are the world of this conversation too. */
  tests: readonly TextFile[]
  variables: Readonly<Record<string, Json>>
  contact: Partial<Contact>
  now: number
}

export interface OpenChat extends Chat {
  /** The conversation as a test, which has been run once: `failure` says why it would not pass. */
  saved(this: void, name: string): {text: string; failure?: string; lines: readonly Line[]}
}

const MINUTE = 60_000

/** Reads a flow for talking to it; what is wrong with it instead when there is an error. */
export function openChat({flows, tests, variables, contact, now}: OpenInput): {
  chat?: OpenChat
  problems: TestProblem[]
} {
  const [first] = flows
  const suites = tests.flatMap(({text, name}) => readSuite(text, name).suite ?? [])
  const [suite] = suites
  // As when the test itself is run: its own values come first, for its mocks are made for them.
  const values = {...variables, ...suite?.variables}
  const library = createLibraries(flows).with(values)
  const root = first && library.find(first.name, '')
  if (!root?.compiled) return {problems: errorsOf(root ? [root] : [])}
  const files = library.closure(root, root.file)
  const compiled = files.flatMap((file) => file.compiled ?? [])
  if (compiled.length < files.length) return {problems: errorsOf(files)}
  const {settings, secrets, number, mocks} = suite ?? {}
  const chat = createChat(compiled, {settings, secrets, number, mocks, contact, now: Math.floor(now / MINUTE) * MINUTE})
  return {
    problems: [],
    chat: {
      ...chat,
      get answers() {
        return chat.answers
      },
      saved(name) {
        const text = testOf(chat, name, used(values, files))
        const {files: ran} = runTests({flows, tests: [{name: 'chat.test.yaml', text}], monotonic: () => 0})
        const [file] = ran
        const [problem] = file?.problems ?? []
        const failed = file?.dialogues.find(({passed}) => !passed)
        return {text, failure: problem?.message ?? failed?.failure?.message, lines: failed?.lines ?? []}
      },
    },
  }
}

const errorsOf = (files: readonly FlowFile[]): TestProblem[] =>
  files
    .flatMap(({loaded}) => loaded.problems.filter(({severity}) => severity === 'error'))
    .map(({file, line, column, rule, message, hint}) => ({file, line, column, rule, message, hint}))

/** The values that these flows refer to. */
const used = (values: Readonly<Record<string, Json>>, files: readonly FlowFile[]): Record<string, Json> =>
  Object.fromEntries(
    Object.entries(values).filter(([name]) => files.some(({text}) => text.includes(`\${var.${name}}`))),
  )
