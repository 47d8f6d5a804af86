import {formatDuration} from '../../base/duration.ts'
import {visible} from '../../cli/escape.ts'
import type {ChatView, Happening} from '../../operations/flow-chat.ts'
import type {Row} from './rows.ts'

const LABEL = 8

/** What goes on behind the conversation: where it stands, its variables, what happened. */
export function sideRows({turns, state, due}: ChatView, height: number, clock: (at: number) => string): Row[] {
  const {session, now, conversation} = state
  const line = (label: string, text: string): Row => ({text: `${label.padEnd(LABEL)}${visible(text)}`})
  const facts = [
    line('flow', session?.flow ?? '–'),
    line('node', session?.node ?? '–'),
    line('state', session?.status ?? 'not begun'),
    line('held by', conversation?.holder ?? 'bot'),
    line('clock', clock(now)),
    line('next in', due === null ? '–' : formatDuration(due - now)),
  ]
  const vars = Object.entries(session?.vars ?? {}).map(([name, value]): Row => ({
    text: visible(`${name} = ${JSON.stringify(value)}`),
    colour: value === null ? 'gray' : undefined,
  }))
  const events = turns.flatMap(({happened}) => happened.flatMap(eventRow))
  const heading = (text: string): Row => ({text, bold: true})
  const room = Math.max(0, height - facts.length - 2)
  // Variables take what they need, but leave a few lines to events.
  const forVars = Math.min(vars.length, Math.max(room - Math.min(events.length, 4), 0))
  const shownVars =
    vars.length > forVars ? [...vars.slice(0, Math.max(forVars - 1, 0)), {text: `… ${vars.length} in all`}] : vars
  const forEvents = Math.max(0, room - shownVars.length)
  return [
    ...facts,
    heading('variables'),
    ...shownVars,
    heading('events'),
    ...(forEvents > 0 ? events.slice(-forEvents) : []),
  ].slice(0, height)
}

function eventRow(one: Happening): Row[] {
  if (one.kind !== 'event' || one.type.startsWith('message_')) return []
  const {type, data} = one
  const {node, target, status, outcome} = data
  const words = [
    type === 'flow_step' ? `${text(node)} → ${text(target)}` : text(node ?? status),
    type === 'flow_step' ? '' : text(outcome),
  ]
  const isBad = type === 'flow_failed' || type === 'expression_error'
  return [{text: visible(`${type} ${words.filter(Boolean).join(' ')}`.trim()), colour: isBad ? 'red' : 'gray'}]
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
