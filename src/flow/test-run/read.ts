import {z} from 'zod'
import {parseTime} from '../../base/dates.ts'
import {isRecord} from '../../base/json.ts'
import type {Path} from '../problem.ts'
import {readSource} from '../source.ts'
import {DEFAULT_TIME_ZONE} from '../simulate/state.ts'
import {readMocks} from './read-mocks.ts'
import {readSteps} from './read-steps.ts'
import {readThen} from './read-then.ts'
import {createReader, withoutExcerpt, type Reader} from './reader.ts'
import {DialogueInput, TestFileInput} from './schema.ts'
import type {Dialogue, Placed, Suite, TestProblem} from './suite.ts'

const MOST_DIALOGUES = 1_000

/** What a part of the file holds is read part by part, so that each mistake is told where it is. */
const Head = TestFileInput.extend({mocks: z.unknown().optional(), dialogues: z.unknown().optional()})
const DialogueHead = DialogueInput.extend({
  mocks: z.unknown().optional(),
  steps: z.unknown().optional(),
  then: z.unknown().optional(),
})

/** Reads a test file and tells everything that is wrong with it by itself. Never throws. */
export function readSuite(text: string, file: string): {suite?: Suite; problems: TestProblem[]} {
  const source = readSource(text, file)
  if (source.problems.length > 0) return {problems: source.problems.map(withoutExcerpt)}
  const problems: TestProblem[] = []
  const suite = readValue(source.value, file, createReader(source, problems))
  problems.sort((a, b) => a.line - b.line || a.column - b.column)
  return {suite: problems.length > 0 ? undefined : suite, problems}
}

function readValue(value: unknown, file: string, reader: Reader): Suite | undefined {
  if (!isRecord(value)) {
    reader.refuse([], 'syntax', 'A test file holds one object with flow and dialogues.')
    return undefined
  }
  const head = reader.parse(Head, value, [])
  const timeZone = head?.settings?.timezone ?? DEFAULT_TIME_ZONE
  const shared: Shared = {
    contact: head?.contact ?? {},
    vars: head?.vars ?? {},
    now: readNow(head?.now, ['now'], timeZone, reader),
    timeZone,
  }
  const mocks = readMocks(value.mocks, ['mocks'], reader)
  const dialogues = readDialogues(value.dialogues, shared, reader)
  if (!head) return undefined
  return {
    file,
    flow: {value: head.flow, at: reader.at(['flow'])},
    also: (head.also ?? []).map((key, index): Placed<string> => ({value: key, at: reader.at(['also', index])})),
    settings: head.settings ?? {},
    variables: head.variables ?? {},
    secrets: head.secrets,
    number: head.number,
    mocks,
    dialogues,
  }
}

interface Shared {
  contact: Dialogue['contact']
  vars: Dialogue['vars']
  now?: number
  timeZone: string
}

function readDialogues(value: unknown, shared: Shared, reader: Reader): Dialogue[] {
  if (value === undefined) {
    reader.refuse([], 'missing-key', '"dialogues" is missing.')
    return []
  }
  if (!Array.isArray(value) || value.length === 0 || value.length > MOST_DIALOGUES) {
    reader.refuse(['dialogues'], 'no-dialogues', `"dialogues" must be a list of 1 to ${MOST_DIALOGUES} dialogues.`)
    return []
  }
  const names = new Set<string>()
  return value.flatMap((item, index) => {
    const dialogue = readDialogue(item, ['dialogues', index], shared, reader)
    if (!dialogue) return []
    if (names.has(dialogue.name))
      reader.refuse(['dialogues', index, 'name'], 'duplicate-name', `There is a dialogue "${dialogue.name}" already.`)
    names.add(dialogue.name)
    return [dialogue]
  })
}

function readDialogue(item: unknown, path: Path, shared: Shared, reader: Reader): Dialogue | undefined {
  const head = reader.parse(DialogueHead, item, path)
  const raw = isRecord(item) ? item : {}
  const steps = readSteps(raw.steps, [...path, 'steps'], reader)
  const then = readThen(raw.then, [...path, 'then'], reader)
  const mocks = readMocks(raw.mocks, [...path, 'mocks'], reader)
  if (!head) return undefined
  const now = readNow(head.now, [...path, 'now'], shared.timeZone, reader)
  const asserts = steps.some((step) => step.kind === 'expect') || Object.keys(then).length > 0
  if (steps.length > 0 && !asserts)
    reader.refuse(path, 'asserts-nothing', `"${head.name}" asserts nothing.`, 'Add an expect step, or then.')
  return {
    name: head.name,
    at: reader.at(path),
    now: now ?? shared.now,
    contact: {...shared.contact, ...head.contact},
    vars: {...shared.vars, ...head.vars},
    varsAt: reader.at(head.vars ? [...path, 'vars'] : ['vars'], 'key'),
    mocks,
    steps,
    then,
  }
}

function readNow(text: string | undefined, path: Path, timeZone: string, reader: Reader): number | undefined {
  if (text === undefined) return undefined
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? parseTime(text, {now: 0, timeZone}) : undefined
  if (!time) reader.refuse(path, 'invalid-value', `"${text}" is no time. Write it as 2026-03-02T09:30.`)
  return time?.toMillis()
}
