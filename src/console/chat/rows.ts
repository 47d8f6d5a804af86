import {formatDuration} from '../../base/duration.ts'
import {optionsOf, readableText, type Content} from '../../base/message.ts'
import {widthOf} from '../../cli/escape.ts'
import {callLine, inputLine, type ChatView, type Happening, type Turned} from '../../operations/flow-chat.ts'
import {padded, wrap} from './wrap.ts'

export type Colour = 'cyan' | 'green' | 'yellow' | 'red' | 'gray'

/** One line of the screen. */
export interface Row {
  text: string
  colour?: Colour
  bold?: boolean
}

interface Options {
  width: number
  /** Which of the options on offer is under the cursor; undefined when there are none to choose from. */
  selected?: number
  /** Writes a moment of the conversation. */
  clock(this: void, at: number): string
}

const NARROWEST = 24
const PADDING = 4

/** The conversation as lines: customers on the right, the bot on the left, everything else in between. */
export function rowsOf({turns, state}: ChatView, options: Options): Row[] {
  const last = turns.flatMap(({happened}) => happened).findLast((one) => one.kind === 'out')
  const rows = turns.flatMap((turn) => [
    ...inputRows(turn, options),
    ...turn.happened.flatMap((one) => happeningRows(one, one === last ? options : {...options, selected: undefined})),
  ])
  const {pending} = state
  if (!pending) return rows
  const call = callLine({kind: 'call', at: state.now, call: pending}).text
  return [
    ...rows,
    ...middle(
      `${call}. ${pending.request.kind === 'erp' ? ':answer found {…} or :answer unavailable' : ':answer 200 {…} or :answer timeout'}`,
      options.width,
      'yellow',
    ),
  ]
}

function inputRows({input, happened}: Turned, {width, clock}: Options): Row[] {
  if (input.do === 'answer') return []
  const {text} = inputLine(input)
  if (input.do === 'advance') {
    const at = (happened.at(-1)?.at ?? 0) || undefined
    return middle(`${formatDuration(input.ms)} later${at === undefined ? '' : `, ${clock(at)}`}`, width, 'gray')
  }
  if (input.do === 'hand-back')
    return middle(input.outcome === 'closed' ? 'the person closes it' : 'the person gives it back', width, 'gray')
  return bubble(wrap(text, roomOf(width)), {width, side: 'right', colour: 'cyan'})
}

type Told = Extract<Happening, {kind: 'event'}>['data']

const troubles: Readonly<Record<string, (data: Told) => string>> = {
  unanswered: () => 'no flow answers this',
  expression_error: ({node, error}) => `an expression of "${named(node)}" fails: ${named(error)}`,
  flow_failed: ({node, reason}) => `the flow fails at "${named(node)}": ${named(reason)}`,
  bot_loop: () => 'two bots seem to be talking',
}

function happeningRows(one: Happening, options: Options): Row[] {
  const {width} = options
  if (one.kind === 'out') return saidRows(one.content, options)
  if (one.kind === 'call') return middle(callLine(one).text, width, 'gray')
  if (one.kind === 'in') return []
  const {type, data} = one
  const trouble = troubles[type]
  if (trouble) return middle(trouble(data), width, 'red')
  if (type === 'conversation_updated' && data.status === 'waiting')
    return middle(`handed over to ${named(data.queue ?? data.user) ?? 'a person'}. :return or :close`, width, 'yellow')
  if (type === 'flow_ended') return middle(`the flow ends: ${named(data.outcome ?? data.status) ?? ''}`, width, 'gray')
  return []
}

const named = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

function saidRows(content: Content, {width, selected}: Options): Row[] {
  const isPlain = ['text', 'buttons', 'list'].includes(content.kind)
  const text = [isPlain ? '' : `(${content.kind})`, readableText(content)].filter(Boolean).join(' ')
  const titles = optionsOf(content).map(({title}, index) => `${index === selected ? '❯' : ' '} ${index + 1} ${title}`)
  const lines = [...wrap(text, roomOf(width)), ...titles.flatMap((title) => wrap(title, roomOf(width)))]
  return bubble(lines, {width, side: 'left', colour: 'green', marked: selected === undefined ? undefined : '❯'})
}

const roomOf = (width: number) => Math.max(NARROWEST, Math.floor(width * 0.72)) - PADDING

interface Bubble {
  width: number
  side: 'left' | 'right'
  colour: Colour
  /** A line that begins like this stands out. */
  marked?: string
}

function bubble(lines: readonly string[], {width, side, colour, marked}: Bubble): Row[] {
  const inner = Math.max(...lines.map(widthOf))
  const indent = side === 'left' ? '' : ' '.repeat(Math.max(0, width - inner - PADDING))
  const edge = '─'.repeat(inner + 2)
  return [
    {text: `${indent}╭${edge}╮`, colour},
    ...lines.map((line): Row => ({
      text: `${indent}│ ${padded(line, inner)} │`,
      colour,
      bold: marked !== undefined && line.startsWith(marked),
    })),
    {text: `${indent}╰${edge}╯`, colour},
  ]
}

const middle = (text: string, width: number, colour: Colour): Row[] =>
  wrap(text, Math.max(NARROWEST, width - PADDING)).map((line) => ({
    text: ' '.repeat(Math.max(0, Math.floor((width - widthOf(line)) / 2))) + line,
    colour,
  }))
