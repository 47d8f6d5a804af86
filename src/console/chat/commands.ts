import type {Json} from '../../base/json.ts'
import {parseDuration} from '../../base/duration.ts'
import {didYouMean} from '../../base/nearest.ts'
import {mediaKinds, type MediaKind} from '../../base/message.ts'
import {httpAnswer, type SimulatedInput} from '../../operations/flow-chat.ts'

/** What a line that begins with a colon asks for. */
export type ChatCommand =
  | {do: 'act'; input: SimulatedInput}
  | {do: 'wait'}
  | {do: 'restart'}
  | {do: 'save'; path: string; name?: string; replace: boolean}
  | {do: 'help'}
  | {do: 'quit'}
  | {do: 'refuse'; problem: string}

const LONGEST = 366 * 86_400_000

interface Command {
  usage: string
  about: string
  read(this: void, rest: string): ChatCommand
}

const act = (input: SimulatedInput): ChatCommand => ({do: 'act', input})
const refuse = (problem: string): ChatCommand => ({do: 'refuse', problem})

export const commands: Readonly<Record<string, Command>> = {
  advance: {
    usage: ':advance [2h]',
    about: 'time passes; without a length, up to what happens next',
    read(rest) {
      if (rest === '') return {do: 'wait'}
      const ms = parseDuration(rest)
      return ms && ms <= LONGEST
        ? act({do: 'advance', ms})
        : refuse(`"${rest}" is no duration: 90s, 30m, 24h, 2d, 1h30m.`)
    },
  },
  restart: {usage: ':restart', about: 'begin again', read: () => ({do: 'restart'})},
  save: {
    usage: ':save FILE [name]',
    about: 'write the dialogue as a test; :save! replaces a file',
    read: (rest) => save(rest, false),
  },
  'save!': {usage: '', about: '', read: (rest) => save(rest, true)},
  answer: {usage: ':answer 200 {"a": 1}', about: 'answer a call; or :answer timeout, :answer found {…}', read: answer},
  return: {
    usage: ':return',
    about: 'the person gives the conversation back',
    read: () => act({do: 'hand-back', outcome: 'returned'}),
  },
  close: {
    usage: ':close',
    about: 'the person closes the conversation',
    read: () => act({do: 'hand-back', outcome: 'closed'}),
  },
  media: {usage: ':media image [caption]', about: `send a file: ${mediaKinds.join(', ')}`, read: media},
  location: {usage: ':location -22.9,-47.1', about: 'send a place', read: location},
  help: {usage: ':help', about: 'this', read: () => ({do: 'help'})},
  quit: {usage: ':quit', about: 'leave; Ctrl-C too', read: () => ({do: 'quit'})},
}

/** Reads a line that begins with a colon. Never throws. */
export function readCommand(line: string): ChatCommand {
  const [, name = '', rest = ''] = /^:(\S*)\s*(.*)$/s.exec(line.trim()) ?? []
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command) return command.read(rest)
  return refuse(`":${name}" is no command. ${didYouMean(name, Object.keys(commands)) ?? ':help lists them.'}`)
}

function save(rest: string, replace: boolean): ChatCommand {
  const [, path, name] = /^(\S+)(?:\s+(.+))?$/.exec(rest) ?? []
  return path === undefined ? refuse('Name a file: :save flows/menu.test.yaml') : {do: 'save', path, name, replace}
}

/** How calls of each kind end, beside an HTTP answer. */
const outcomes = ['timeout', 'blocked', 'too_large', 'error', 'unknown']
const lookUps = ['found', 'not_found', 'many', 'unavailable', 'unsupported']

function answer(rest: string): ChatCommand {
  const [, first = '', written] = /^(\S+)(?:\s+(.+))?$/s.exec(rest) ?? []
  const isStatus = /^[1-5]\d\d$/.test(first)
  if (!isStatus && ![...outcomes, ...lookUps].includes(first))
    return refuse(`Answer with a status and JSON, or with ${[...outcomes, ...lookUps].join(', ')}.`)
  try {
    const data = written === undefined ? undefined : (JSON.parse(written) as Json)
    const result = isStatus ? httpAnswer(Number(first), {}, data ?? null) : {outcome: first, data}
    return act({do: 'answer', result})
  } catch {
    return refuse('What comes after it has to be JSON: :answer 200 {"nome": "Maria"}')
  }
}

const types: Record<MediaKind, string> = {
  image: 'image/jpeg',
  document: 'application/pdf',
  audio: 'audio/ogg',
  video: 'video/mp4',
  sticker: 'image/webp',
}

function media(rest: string): ChatCommand {
  const [, kind = '', caption] = /^(\S+)(?:\s+(.+))?$/s.exec(rest) ?? []
  const known = mediaKinds.find((one) => one === kind)
  if (!known) return refuse(`Send one of ${mediaKinds.join(', ')}.`)
  return act({do: 'send', content: {kind: known, media: {mime_type: types[known]}, caption}})
}

function location(rest: string): ChatCommand {
  const [latitude = NaN, longitude = NaN] = rest
    .split(/[,\s]+/)
    .filter(Boolean)
    .map(Number)
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) return refuse('Write a place as :location -22.9,-47.1')
  return act({do: 'send', content: {kind: 'location', latitude, longitude}})
}
