import {formatDuration} from '../../base/duration.ts'
import {readableText, type Content} from '../../base/message.ts'
import type {Happening, SimulatedInput} from '../simulate/state.ts'
import {titlesOf} from './compare.ts'

/** One line of a dialogue as people read it. */
export interface Line {
  who: 'customer' | 'bot' | 'person' | 'call' | 'time'
  text: string
}

/** What the customer, a person or time did. */
export function inputLine(input: SimulatedInput): Line {
  switch (input.do) {
    case 'say':
      return {who: 'customer', text: input.text}
    case 'tap':
      return {who: 'customer', text: `[${input.title}]`}
    case 'send': {
      const {content} = input
      const text =
        content.kind === 'location'
          ? `${content.latitude},${content.longitude}`
          : (content.caption ?? content.media.filename ?? '')
      return {who: 'customer', text: `(${content.kind}) ${text}`.trim()}
    }
    case 'advance':
      return {who: 'time', text: formatDuration(input.ms)}
    case 'hand-back':
      return {who: 'person', text: input.outcome}
    case 'answer':
      return {who: 'call', text: input.result.outcome}
  }
}

/** What a message of ours looks like: its kind where that is not plain, its text, its options. */
export function messageText(content: Content): string {
  const plain = content.kind === 'text' || content.kind === 'buttons' || content.kind === 'list'
  const options = titlesOf(content).map((title) => `[${title}]`)
  return [...(plain ? [] : [`(${content.kind})`]), readableText(content), ...options].filter(Boolean).join(' ')
}

export const botLine = (content: Content): Line => ({who: 'bot', text: messageText(content)})

export function callLine({call, result}: Extract<Happening, {kind: 'call'}>): Line {
  const {status} = (result?.data ?? {}) as {status?: number}
  return {who: 'call', text: `${callText(call.request)} → ${status ?? result?.outcome ?? 'no answer'}`}
}

/** A call in a few words: `GET https://…`, `erp invoices`, or its kind. */
export function callText({kind, data}: {kind: string; data: Record<string, unknown>}): string {
  const {method, url, operation} = data
  if (typeof operation === 'string') return `${kind} ${operation}`
  return typeof url === 'string' && typeof method === 'string' ? `${method} ${url}` : kind
}
