import {z} from 'zod'
import {parseDuration} from '../../base/duration.ts'
import type {MediaKind} from '../../base/message.ts'
import {compilePattern} from '../../base/pattern.ts'
import type {Path} from '../problem.ts'
import type {SimulatedInput} from '../simulate/state.ts'
import type {Reader} from './reader.ts'
import {AlternativeInput, ExpectationInput, StepInput} from './schema.ts'
import type {Expectation, Step} from './suite.ts'

const MOST_STEPS = 1_000
const LONGEST = 366 * 86_400_000

/** An expectation is read by its own schema, which knows its keys. */
const StepHead = StepInput.extend({expect: z.unknown().optional()})

type Input = z.output<typeof StepInput>

/** Reads the steps of a dialogue: one thing each. */
export function readSteps(value: unknown, path: Path, reader: Reader): Step[] {
  if (value === undefined) return []
  if (!Array.isArray(value) || value.length === 0 || value.length > MOST_STEPS) {
    reader.refuse(path, 'no-steps', `"steps" must be a list of 1 to ${MOST_STEPS} steps.`)
    return []
  }
  return value.flatMap((item, index) => readStep(item, [...path, index], reader) ?? [])
}

function readStep(item: unknown, path: Path, reader: Reader): Step | undefined {
  const step = reader.parse(StepHead, item, path)
  if (!step) return undefined
  const keys = Object.keys(step)
  const [key, second] = keys
  if (key === undefined || second !== undefined) {
    const known = Object.keys(StepInput.shape).join(', ')
    const message =
      key === undefined ? `A step is one of ${known}.` : `A step is one thing; this one is ${keys.join(' and ')}.`
    reader.refuse(
      path,
      'step',
      message,
      key === undefined ? undefined : 'Write them as steps of their own, each with a dash.',
    )
    return undefined
  }
  const at = reader.at(path)
  if (key === 'expect') {
    const expectations = readExpectations(step.expect, [...path, 'expect'], reader)
    return {kind: 'expect', at, expectations}
  }
  const input = inputOf(step, [...path, key], reader)
  const from = key === 'tap' ? 'buttons' : key === 'pick' ? 'list' : undefined
  return input && {kind: 'input', at, input, from}
}

function inputOf(step: Omit<Input, 'expect'>, path: Path, reader: Reader): SimulatedInput | undefined {
  const {say, tap, pick, media, location, silence, advance, hand_back: handBack} = step
  if (say !== undefined) return {do: 'say', text: say}
  const title = tap ?? pick
  if (title !== undefined) return {do: 'tap', title}
  if (media !== undefined) return {do: 'send', content: mediaOf(media)}
  if (location) return {do: 'send', content: {kind: 'location', ...location}}
  if (handBack) return {do: 'hand-back', outcome: handBack}
  const text = silence ?? advance ?? ''
  const ms = parseDuration(text)
  if (ms && ms <= LONGEST) return {do: 'advance', ms}
  reader.refuse(path, 'duration', `"${text}" is no duration up to 366d. Write 90s, 30m, 24h, 2d or 1h30m.`)
  return undefined
}

const usualType: Record<MediaKind, string> = {
  image: 'image/jpeg',
  document: 'application/pdf',
  audio: 'audio/ogg',
  video: 'video/mp4',
  sticker: 'image/webp',
}

function mediaOf(media: NonNullable<Input['media']>) {
  const {
    kind,
    caption = undefined,
    filename = undefined,
    mime_type = undefined,
  } = typeof media === 'string' ? {kind: media} : media
  return {kind, media: {mime_type: mime_type ?? usualType[kind], filename}, caption}
}

function readExpectations(value: unknown, path: Path, reader: Reader): Expectation[] {
  if (!Array.isArray(value)) return [readExpectation(value, path, reader) ?? []].flat()
  if (value.length === 0) reader.refuse(path, 'asserts-nothing', 'An empty list expects nothing.')
  return value.flatMap((item, index) => readExpectation(item, [...path, index], reader) ?? [])
}

function readExpectation(value: unknown, path: Path, reader: Reader): Expectation | undefined {
  const at = reader.at(path)
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return {at, text: String(value)}
  const read = reader.parse(ExpectationInput, value, path)
  if (!read) return undefined
  const keys = Object.keys(read)
  if (keys.length === 0) reader.refuse(path, 'asserts-nothing', 'It expects nothing. Write a text, or none: true.')
  if (read.none && keys.length > 1) reader.refuse(path, 'step', 'none goes with nothing else.')
  const {any, none, ...plain} = read
  const alternatives = any?.flatMap((one, index) => alternative(one, [...path, 'any', index], reader) ?? [])
  return {at, ...plainOf(plain, path, reader), any: alternatives, none}
}

function alternative(value: unknown, path: Path, reader: Reader): Expectation | undefined {
  if (typeof value === 'string') return {at: reader.at(path), text: value}
  const read = reader.parse(AlternativeInput, value, path)
  if (!read) return undefined
  if (Object.keys(read).length === 0) reader.refuse(path, 'asserts-nothing', 'It expects nothing.')
  return {at: reader.at(path), ...plainOf(read, path, reader)}
}

function plainOf({matches, contains, ...rest}: z.output<typeof AlternativeInput>, path: Path, reader: Reader) {
  const compiled = matches === undefined ? undefined : compilePattern(matches)
  if (compiled?.problem !== undefined) reader.refuse([...path, 'matches'], 'pattern', compiled.problem)
  return {
    ...rest,
    contains: contains === undefined ? undefined : [contains].flat(),
    matches: matches !== undefined && compiled?.pattern ? {source: matches, pattern: compiled.pattern} : undefined,
  }
}
