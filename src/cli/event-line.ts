import type {EventRecord} from '../base/events.ts'
import {formatDuration} from '../base/duration.ts'
import {stepWith} from '../operations/next-step.ts'
import {cut, visible, widthOf} from './escape.ts'
import {type Colour, paintWith} from './paint.ts'

export interface EventLineOptions {
  /** Columns of the terminal. A line is cut there, never wrapped. Without it: a row for a pipe, its fields set apart by tabs. */
  width?: number
  color: boolean
  /** Also what is mostly noise: steps of flows, messages on their way into the queue. */
  verbose?: boolean
  /** IANA name; the machine's own when left out. */
  timeZone?: string
  /** Names of WhatsApp numbers, by the id of their config. */
  numbers?: ReadonlyMap<string, string>
}

interface Sign {
  glyph: string
  /** Says what the colour says, when there is none. */
  word: string
  colour?: Colour
}

const signs = {
  in: {glyph: '←', word: 'in', colour: 'cyan'},
  out: {glyph: '→', word: 'out', colour: 'green'},
  seen: {glyph: '✓✓', word: 'ok'},
  warn: {glyph: '⚠', word: 'warn', colour: 'yellow'},
  fail: {glyph: '✗', word: 'fail', colour: 'red'},
  info: {glyph: '·', word: 'info'},
} as const satisfies Record<string, Sign>

type Data = Readonly<Record<string, unknown>>

/** How one type of event reads. */
interface Line {
  sign: Sign
  text: (data: Data) => string
  detail?: (data: Data) => string
  /** Shown with `verbose` only. */
  quiet?: boolean
}

const str = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''

const joined = (...parts: string[]): string => parts.filter(Boolean).join(' ')
const because = (what: string, reason: unknown): string => (str(reason) === '' ? what : `${what}: ${str(reason)}`)
const says = (fixed: string) => () => fixed

/** What was sent, or its kind where it has no words. */
function wrote({kind, text}: Data): string {
  if (str(text) !== '') return str(text)
  return str(kind) === '' ? '' : `[${str(kind)}]`
}

/** What a customer wrote. A tap reads like the button it was. */
const said = (data: Data): string =>
  (data.kind === 'button' || data.kind === 'interactive') && str(data.text) !== '' ? `[${str(data.text)}]` : wrote(data)

/** Old news are told by their two largest units. */
const age = (seconds: unknown): string =>
  typeof seconds === 'number' ? (/^(?:\d+[a-z]){1,2}/.exec(formatDuration(seconds * 1000))?.[0] ?? '') : ''

const aboutNumber = ({number}: Data, what: string): string => joined('number', str(number), what)
const known = (value: unknown): string | undefined => str(value) || undefined
const nextStep = ({next_step: next, number, message_id: message, contact_phone: phone}: Data): string =>
  stepWith(str(next), {config: known(number), message: known(message), phone: known(phone)})

/** Who goes on with a conversation that is open. */
function heldBy({status, holder}: Data): string {
  if (status !== 'active') return ''
  return holder === 'bot' ? ', the bot has it' : holder === 'human' ? ', a person has it' : ''
}

const waitsIn = ({queue, note}: Data): string =>
  [str(queue) && `queue ${str(queue)}`, str(note)].filter(Boolean).join(' · ')

const took = ({took_ms: ms}: Data): string => (typeof ms === 'number' ? ` ${ms}ms` : '')
const failure = (data: Data): string =>
  because(
    joined('failed', str(data.error_code)),
    joined(str(data.error), str(data.details) && `(${str(data.details)})`, nextStep(data)),
  )

/** Of a number of ours by its name, else of what the provider calls it. */
function deadLetter({reason, number, numbers}: Data): string {
  const theirs = Array.isArray(numbers) ? numbers.map(str).join(', ') : ''
  const whose = str(number) || theirs
  if (reason !== 'unowned') return because(joined('dead letter', whose && `of number ${whose}`), reason)
  return `dead letter: ${whose === '' ? 'for a number' : `${whose} is`} of no tenant; pytake webhook list --dead`
}

const lines: Readonly<Record<string, Line>> = {
  message_received: {sign: signs.in, text: said, detail: ({kind}) => str(kind)},
  message_queued: {sign: signs.out, text: wrote, detail: says('queued'), quiet: true},
  message_sent: {sign: signs.out, text: wrote, detail: (data) => `sent${took(data)}`},
  message_delivered: {sign: signs.seen, text: says('delivered')},
  message_read: {sign: signs.seen, text: says('read')},
  message_failed: {sign: signs.fail, text: failure},
  message_expired: {sign: signs.fail, text: (data) => because('expired', data.error)},
  message_cancelled: {sign: signs.info, text: (data) => because('cancelled', data.reason)},
  message_unknown: {sign: signs.warn, text: (data) => because('outcome unknown', data.error)},
  unanswered: {sign: signs.warn, text: says('no flow answers this')},
  ignored: {sign: signs.info, text: (data) => because('ignored', data.reason), quiet: true},
  stale: {sign: signs.warn, text: ({age_s: old}) => `${age(old)} old on arrival; no flow answers`},
  conversation_created: {sign: signs.info, text: says('conversation opened'), quiet: true},
  conversation_updated: {
    sign: signs.info,
    text: (data) => because(`conversation ${str(data.status)}${heldBy(data)}`, waitsIn(data)),
  },
  contact_created: {sign: signs.info, text: says('new contact'), quiet: true},
  contact_merged: {sign: signs.info, text: says('contact merged')},
  contact_opted_out: {sign: signs.warn, text: (data) => because('opted out of marketing', data.source)},
  contact_opted_in: {sign: signs.info, text: (data) => because('opted in to marketing', data.source)},
  invoice_overdue: {
    sign: signs.warn,
    text: ({due_on: due}) => joined('invoice overdue', 'since', str(due)),
    detail: ({connection}) => str(connection),
  },
  flow_started: {sign: signs.info, text: says('flow started'), quiet: true},
  flow_step: {sign: signs.info, text: ({type, outcome}) => joined(str(type), str(outcome)), quiet: true},
  flow_waiting: {sign: signs.info, text: ({until}) => because('waits until', until), quiet: true},
  flow_call: {sign: signs.info, text: ({kind}) => because('calls outside', kind), quiet: true},
  flow_moved: {sign: signs.info, text: ({target}) => because('moved by a deploy', target)},
  flow_ended: {sign: signs.info, text: (data) => because('flow ended', data.outcome), quiet: true},
  flow_failed: {sign: signs.fail, text: (data) => because('flow failed', data.reason ?? data.error)},
  expression_error: {sign: signs.warn, text: (data) => because('expression', data.error)},
  release_published: {
    sign: signs.info,
    text: ({flow, version, author}) => `${str(flow)} r${str(version)} published by ${str(author)}`,
  },
  canary_changed: {
    sign: signs.warn,
    text: ({flow, version, state, reason}) => because(`${str(flow)} r${str(version)} canary ${str(state)}`, reason),
  },
  lane_slowed: {
    sign: signs.warn,
    text: (data) => `${because(aboutNumber(data, 'slowed'), data.reason)}; nothing lost`,
  },
  lane_stopped: {
    sign: signs.fail,
    text: (data) =>
      joined(because(aboutNumber(data, 'stopped'), joined(str(data.error_code), str(data.reason))), nextStep(data)),
  },
  lane_resumed: {sign: signs.info, text: (data) => aboutNumber(data, 'sends again')},
  daily_limit_reached: {
    sign: signs.warn,
    text: (data) => aboutNumber(data, `at ${str(data.percent)} % of its ${str(data.daily_limit)} messages of today`),
  },
  webhook_rejected: {sign: signs.warn, text: (data) => because('webhook rejected', data.reason)},
  dead_lettered: {sign: signs.fail, text: deadLetter},
  replayed: {sign: signs.info, text: (data) => because('replayed', data.webhook)},
  hook_disabled: {sign: signs.fail, text: ({hook, message}) => because(`hook ${str(hook)} is switched off`, message)},
  template_updated: {
    sign: signs.info,
    text: (data) => because(`template ${str(data.name)} ${str(data.event)}`, data.reason),
  },
  account_updated: {sign: signs.warn, text: (data) => because(`account ${str(data.event)}`, data.error)},
  number_connection: {sign: signs.warn, text: (data) => because(aboutNumber(data, ''), data.state)},
  node_up: {sign: signs.info, text: (data) => because('server up', data.url ?? data.host)},
  node_down: {sign: signs.warn, text: (data) => because('server down', data.reason)},
  disarmed: {sign: signs.fail, text: (data) => because('disarmed', data.reason)},
}

const GLYPH = 2
const WORD = 5
const CONTACT = 16
const DETAIL = 12
const PLACE = 26
/** Below this there is no room to say where in the flow. */
const ROOM_FOR_PLACE = 96
/** Below this there is none for more than who and what. */
const ROOM_FOR_DETAIL = 60
/** Longer is never seen, and costs to measure. */
const MOST_TEXT = 2000

/** One event as a line for people, without the line's end; undefined for what is only shown when asked for. */
export function renderEvent(event: EventRecord, options: EventLineOptions): string | undefined {
  const line: Line = lines[event.type] ?? {sign: signs.info, text: () => event.type.replaceAll('_', ' ')}
  if (line.quiet && !options.verbose) return undefined
  const {color, width, numbers} = options
  const number = numbers?.get(str(event.data.config_id))
  const data = number === undefined ? event.data : {number, ...event.data}
  const sign: Sign = line.sign
  const [contact, text] = [clean(contactOf(data)), clean(line.text(data))]
  const [detail, place] = [clean(line.detail?.(data) ?? ''), placeOf(data)]
  // Nothing is aligned or cut in a pipe, where somebody may search for it.
  if (width === undefined) return [event.at, sign.word, contact, text, detail, place].join('\t')
  const paint = paintWith(color)
  const time = timeOf(event.at, options.timeZone)
  const narrow = width < ROOM_FOR_DETAIL
  const who = pad(contact, narrow ? CONTACT / 2 : CONTACT)
  const left = [pad(sign.glyph, GLYPH), ...(color ? [] : [pad(sign.word, WORD)]), who]
  const leftText = left.join(' ')
  const room = Math.max(0, width - widthOf(time) - 2 - widthOf(leftText) - 2)
  const right = narrow ? cut(text, room) : body({text, detail, place}, {room, withPlace: width >= ROOM_FOR_PLACE})
  const shown = cut(`${leftText}  ${right}`.trimEnd(), Math.max(1, width - widthOf(time) - 2))
  return `${paint('dim', time)}  ${sign.colour ? paint(sign.colour, shown) : shown}`
}

/**
 * A renderer that remembers: what was said when a message was queued is shown when it is sent, in one line. Keeps the last
 * thousand.
 */
export function eventRenderer(options: EventLineOptions): (event: EventRecord) => string | undefined {
  const queued = new Map<string, Data>()
  return (event) => {
    const id = str(event.data.message_id)
    if (event.type === 'message_queued') {
      const {text, kind, flow, node} = event.data
      queued.set(id, {text: str(text).slice(0, MOST_TEXT), kind, flow, node})
      if (queued.size > 1000) queued.delete(queued.keys().next().value as string)
      return renderEvent(event, options)
    }
    const known = queued.get(id)
    if (!known || event.type === 'message_delivered' || event.type === 'message_read')
      return renderEvent(event, options)
    return renderEvent({...event, data: {...known, ...event.data}}, options)
  }
}

interface Parts {
  text: string
  detail: string
  place: string
}

function body({text, detail, place}: Parts, {room, withPlace}: {room: number; withPlace: boolean}): string {
  const tail = [pad(detail, DETAIL), ...(withPlace && place !== '' ? [pad(place, PLACE)] : [])]
  if (detail === '' && tail.length === 1) return cut(text, room)
  const tailText = tail.join(' ')
  // The column of places is kept free on every line that has a tail, so that details stand below one another.
  const reserved = DETAIL + (withPlace ? 1 + PLACE : 0)
  return `${pad(text, Math.max(4, room - reserved - 2))}  ${tailText}`
}

const contactOf = (data: Data): string => str(data.contact_name) || str(data.contact_phone)

function placeOf(data: Data): string {
  const [flow, node] = [str(data.flow), str(data.node)]
  // A server is a node too, and in no flow.
  return flow === '' || node === '' ? '' : clean(`${flow} › ${node}`)
}

const clean = (text: string): string => visible(text.slice(0, MOST_TEXT)).slice(0, MOST_TEXT)

function pad(text: string, width: number): string {
  const shown = cut(text, width)
  return shown + ' '.repeat(Math.max(0, width - widthOf(shown)))
}

const clocks = new Map<string, Intl.DateTimeFormat>()

/** Local wall clock with milliseconds. Making a formatter is dear, so they are kept. */
function timeOf(at: string, timeZone?: string): string {
  let format = clocks.get(timeZone ?? '')
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      fractionalSecondDigits: 3,
      hourCycle: 'h23',
    })
    clocks.set(timeZone ?? '', format)
  }
  const time = new Date(at)
  return Number.isNaN(time.getTime()) ? '--:--:--.---' : format.format(time)
}
