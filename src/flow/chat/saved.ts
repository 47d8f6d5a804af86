import {stringify} from 'yaml'
import {inZone} from '../../base/dates.ts'
import {formatDuration} from '../../base/duration.ts'
import {readableText, type Content} from '../../base/message.ts'
import {isRecord} from '../../base/json.ts'
import type {Json} from '../session.ts'
import {DEFAULT_TIME_ZONE, type SimulatedInput} from '../simulate/state.ts'
import {titlesOf} from '../test-run/compare.ts'
import type {Answered, Chat, Turned} from './chat.ts'

/** The conversation so far as a test file: what was said, everything that was answered, and how it ended. */
export function testOf(chat: Chat, name: string, variables: Readonly<Record<string, Json>>): string {
  const {turns, state} = chat.view()
  const {settings, secrets, number, contact, vars, now} = chat.setting
  const timeZone = settings?.timezone ?? DEFAULT_TIME_ZONE
  const {session} = state
  const file = {
    flow: chat.flow.key,
    ...some('variables', variables),
    ...some('secrets', secrets),
    ...some('settings', settings),
    ...(number === undefined ? {} : {number}),
    ...some('contact', contact),
    ...some('vars', vars),
    now: inZone(now, timeZone).toFormat("yyyy-MM-dd'T'HH:mm"),
    ...some('mocks', chat.answers.map(mockOf)),
    dialogues: [
      {
        name,
        steps: turns.flatMap(stepsOf(turns)),
        then: {
          outcome: session?.result?.outcome ?? session?.status ?? 'none',
          ...(typeof session?.node === 'string' ? {node: session.node} : {}),
          ...some(
            'vars',
            Object.fromEntries(Object.entries(session?.vars ?? {}).filter(([, value]) => value !== null)),
          ),
        },
      },
    ],
  }
  return stringify(file, {lineWidth: 120})
}

/** A field that says something. */
const some = (key: string, value: object | undefined): Record<string, unknown> =>
  value === undefined || Object.keys(value).length === 0 ? {} : {[key]: value}

/**
 * The step of a turn, and what the bot said until the customer's next one: answers of calls are mocks, given at once, so what
 * came of them belongs to the turn that made the call.
 */
const stepsOf =
  (turns: readonly Turned[]) =>
  (turn: Turned): Record<string, unknown>[] => {
    if (turn.input.do === 'answer') return []
    const from = turns.indexOf(turn)
    const next = turns.findIndex(({input}, index) => index > from && input.do !== 'answer')
    const until = turns.slice(from, next === -1 ? undefined : next)
    const said = until.flatMap(({happened}) =>
      happened.flatMap((one) => (one.kind === 'out' ? [expected(one.content)] : [])),
    )
    const expect = said.length === 0 ? {none: true} : said.length === 1 ? said[0] : said
    return [inputStep(turn.input, turn.from), {expect}]
  }

function expected(content: Content): unknown {
  const text = readableText(content)
  const titles = titlesOf(content)
  const isPlain = ['text', 'buttons', 'list'].includes(content.kind)
  if (isPlain && titles.length === 0) return text
  return {
    ...(isPlain ? {} : {kind: content.kind}),
    ...(text === '' ? {} : {text}),
    ...(titles.length === 0 ? {} : {buttons: titles}),
  }
}

function inputStep(input: SimulatedInput, from: Turned['from']): Record<string, unknown> {
  switch (input.do) {
    case 'say':
      return {say: input.text}
    case 'tap':
      return {[from === 'list' ? 'pick' : 'tap']: input.title}
    case 'advance':
      return {advance: formatDuration(input.ms)}
    case 'hand-back':
      return {hand_back: input.outcome}
    case 'send': {
      const {content} = input
      if (content.kind === 'location') {
        const {latitude, longitude, name, address} = content
        return {location: {latitude, longitude, ...(name ? {name} : {}), ...(address ? {address} : {})}}
      }
      const {kind, caption, media} = content
      return {media: {kind, ...(caption ? {caption} : {}), ...(media.filename ? {filename: media.filename} : {})}}
    }
    case 'answer':
      return {}
  }
}

function mockOf({call: {node, request}, result, times}: Answered): Record<string, unknown> {
  const mock = {call: request.kind, match: {node}}
  const {outcome, data} = result
  if (data === undefined && outcome !== 'found') return {...mock, fail: outcome, times}
  if (request.kind !== 'api_call') return {...mock, answer: {outcome, ...(data === undefined ? {} : {data})}, times}
  const {status, headers, body} = isRecord(data) ? data : {}
  return {
    ...mock,
    answer: {status, ...some('headers', isRecord(headers) ? headers : undefined), body: body ?? null},
    times,
  }
}
