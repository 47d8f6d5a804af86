import {describe, expect, it} from 'vitest'
import {eventTypes} from '../../src/base/events.ts'
import {widthOf} from '../../src/cli/escape.ts'
import {eventRenderer, renderEvent} from '../../src/cli/event-line.ts'

const plain = {
  width: 110,
  color: false,
  timeZone: 'America/Sao_Paulo',
  numbers: new Map([['c1', 'vendas']]),
}
const maria = {contact_name: 'Maria Souza', contact_phone: '+5511987654321'}
const event = (type: string, data: Record<string, unknown> = {}) => ({
  cursor: 'log.1',
  at: '2026-11-23T17:02:11.204Z',
  type,
  data,
})

const golden: [string, Record<string, unknown>, string][] = [
  [
    'message_received',
    {...maria, text: 'oi', kind: 'text'},
    '←  in    Maria Souza       oi                                                                      text',
  ],
  [
    'message_received',
    {...maria, text: 'Suporte', kind: 'button'},
    '←  in    Maria Souza       [Suporte]                                                               button',
  ],
  [
    'message_received',
    {contact_phone: '+5511987654321', kind: 'image'},
    '←  in    +5511987654321    [image]                                                                 image',
  ],
  ['message_delivered', maria, '✓✓ ok    Maria Souza       delivered'],
  [
    'message_failed',
    {...maria, error_code: '131047', error: 'window closed', next_step: 'Use a template.'},
    '✗  fail  Maria Souza       failed 131047: window closed Use a template.',
  ],
  [
    'message_failed',
    {...maria, error_code: '131009', error: 'a field is wrong', details: 'to: x', next_step: 'Correct it.'},
    '✗  fail  Maria Souza       failed 131009: a field is wrong (to: x) Correct it.',
  ],
  [
    'message_failed',
    {...maria, message_id: 'm1', error_code: '2', error: 'down.', next_step: 'Again: pytake message resend ID'},
    '✗  fail  Maria Souza       failed 2: down. Again: pytake message resend m1',
  ],
  [
    'lane_slowed',
    {reason: '429 from the provider'},
    '⚠  warn                    number slowed: 429 from the provider; nothing lost',
  ],
  [
    'release_published',
    {flow: 'boas-vindas', version: 3, author: 'cli:ana'},
    '·  info                    boas-vindas r3 published by cli:ana',
  ],
  [
    'conversation_updated',
    {...maria, status: 'waiting', queue: 'suporte', note: 'Suporte. Documento 1.'},
    '·  info  Maria Souza       conversation waiting: queue suporte · Suporte. Documento 1.',
  ],
  [
    'conversation_updated',
    {...maria, status: 'waiting', queue: 'suporte', note: ''},
    '·  info  Maria Souza       conversation waiting: queue suporte',
  ],
  [
    'conversation_updated',
    {...maria, status: 'active', holder: 'bot'},
    '·  info  Maria Souza       conversation active, the bot has it',
  ],
  [
    'conversation_updated',
    {...maria, status: 'active', holder: 'human'},
    '·  info  Maria Souza       conversation active, a person has it',
  ],
  [
    'conversation_updated',
    {...maria, status: 'resolved', holder: 'bot'},
    '·  info  Maria Souza       conversation resolved',
  ],
  [
    'node_up',
    {node: '01a20de9-012b-7338-80cb-dd05a3edcb02', host: 'vm', url: 'http://127.0.0.1:8080'},
    '·  info                    server up: http://127.0.0.1:8080',
  ],
  [
    'message_received',
    {...maria, text: 'oi', kind: 'text', flow: 'boas-vindas', node: 'inicio'},
    '←  in    Maria Souza       oi                                             text         boas-vindas › inicio',
  ],
  [
    'message_sent',
    {...maria, kind: 'list', text: 'Escolha', took_ms: 2},
    '→  out   Maria Souza       Escolha                                                                 sent 2ms',
  ],
  ['stale', {...maria, age_s: 46_299_964}, '⚠  warn  Maria Souza       535d21h old on arrival; no flow answers'],
  [
    'lane_stopped',
    {config_id: 'c1', error_code: '190', reason: 'expired.', next_step: 'pytake whatsapp edit NAME --x'},
    '✗  fail                    number vendas stopped: 190 expired. pytake whatsapp edit vendas --x',
  ],
  ['lane_stopped', {reason: 'paused by ana'}, '✗  fail                    number stopped: paused by ana'],
  ['lane_resumed', {config_id: 'c1'}, '·  info                    number vendas sends again'],
  ['number_connection', {config_id: 'c1', state: 'close'}, '⚠  warn                    number vendas: close'],
  [
    'daily_limit_reached',
    {config_id: 'c1', percent: 80, accepted: 8, daily_limit: 10},
    '⚠  warn                    number vendas at 80 % of its 10 messages of today',
  ],
  [
    'dead_lettered',
    {reason: 'unowned', count: 1},
    '✗  fail                    dead letter: for a number of no tenant; pytake webhook list --dead',
  ],
  [
    'dead_lettered',
    {reason: 'unowned', count: 1, numbers: ['106540']},
    '✗  fail                    dead letter: 106540 is of no tenant; pytake webhook list --dead',
  ],
  [
    'dead_lettered',
    {config_id: 'c1', webhook: 7, kind: 'message', reason: 'a bug'},
    '✗  fail                    dead letter of number vendas: a bug',
  ],
  ['something_new', maria, '·  info  Maria Souza       something new'],
]

const squeeze = (text: string) => text.replace(/ {3,}/g, '   ')

describe('an event on a terminal', () => {
  it.each(golden)('%s %j', (type, data, line) => {
    const shown = renderEvent(event(type, data), plain) ?? ''
    expect(shown.slice(0, 14)).toBe('14:02:11.204  ')
    expect(squeeze(shown.slice(14))).toBe(squeeze(line))
  })

  it('has the colour of its direction, and the glyph alone then', () => {
    const coloured = (type: string) => renderEvent(event(type, {text: 'a'}), {...plain, color: true}) ?? ''
    expect(coloured('message_received')).toMatch(/\u001b\[36m← {19,}a.*\u001b\[0m$/)
    expect(coloured('message_sent')).toContain('\u001b[32m→')
    expect(coloured('lane_slowed')).toContain('\u001b[33m⚠')
    expect(coloured('flow_failed')).toContain('\u001b[31m✗')
  })

  it.each([20, 40, 59, 60, 80, 95, 96, 120, 200])('never is wider than %i columns, whatever it says', (width) => {
    const hostile = `${'😀'.repeat(100)}\u001b[2J\n\u202e${'é̂'.repeat(3000)}`
    for (const type of eventTypes) {
      const data = {contact_name: hostile, text: hostile, kind: hostile, flow: hostile, node: hostile, reason: hostile}
      const line = renderEvent(event(type, data), {...plain, width, verbose: true}) ?? ''
      expect(widthOf(line)).toBeLessThanOrEqual(width)
      expect(line).not.toMatch(/[\u0000-\u001f\u202e]/)
    }
  })

  it('hides steps of flows unless asked', () => {
    const step = event('flow_step', {...maria, type: 'message', outcome: 'ok', flow: 'inicio', node: 'a'})
    expect(renderEvent(step, plain)).toBeUndefined()
    expect(renderEvent(step, {...plain, verbose: true})).toContain('message ok')
  })

  it('shows with the sending what was said when the message was queued', () => {
    const render = eventRenderer(plain)
    const queued = {...maria, message_id: 'm', text: 'Olá!', kind: 'text', flow: 'inicio', node: 'a'}
    expect(render(event('message_queued', queued))).toBeUndefined()
    const sent = render(event('message_sent', {...maria, message_id: 'm', kind: 'text', took_ms: 27}))
    expect(squeeze(sent ?? '')).toBe('14:02:11.204  →  out   Maria Souza   Olá!   sent 27ms   inicio › a')
    expect(render(event('message_sent', {...maria, message_id: 'x', kind: 'text', took_ms: 5}))).toContain('[text]')
  })
})
