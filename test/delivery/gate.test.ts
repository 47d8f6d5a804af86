import {describe, expect, it} from 'vitest'
import type {Content} from '../../src/base/message.ts'
import {channels} from '../../src/channels/registry.ts'
import {gate, type GateFacts} from '../../src/delivery/gate.ts'

const now = Date.parse('2026-11-23T15:00:00Z')
const hour = 3_600_000
const text: Content = {kind: 'text', text: 'Olá'}
const template: Content = {kind: 'template', name: 'aviso', language: 'pt_BR'}
const facts = (more: Partial<GateFacts> = {}): GateFacts => ({
  now,
  content: text,
  purpose: 'reply',
  optedIn: true,
  capabilities: channels.official.capabilities,
  lastInboundAt: now - hour,
  expiresAt: now + hour,
  limit: null,
  ...more,
})

describe('the gate', () => {
  it.each<[string, Partial<GateFacts>, ReturnType<typeof gate>]>([
    ['lets a reply go inside the window', {}, {go: text}],
    [
      'refuses free text five minutes before the window closes',
      {lastInboundAt: now - 24 * hour + 5 * 60_000},
      {fail: 'window_closed'},
    ],
    ['lets it go a moment earlier', {lastInboundAt: now - 24 * hour + 5 * 60_000 + 1}, {go: text}],
    ['refuses free text to somebody who never wrote', {lastInboundAt: null}, {fail: 'window_closed'}],
    ['lets a template go outside the window', {content: template, lastInboundAt: null}, {go: template}],
    ['sends the fallback when the window is closed', {fallback: template, lastInboundAt: null}, {go: template}],
    ['knows no window on Evolution', {lastInboundAt: null, capabilities: channels.evolution.capabilities}, {go: text}],
    [
      'knows no templates on Evolution',
      {content: template, capabilities: channels.evolution.capabilities},
      {fail: 'not_supported'},
    ],
    [
      'keeps marketing from who does not want it',
      {purpose: 'marketing', optedIn: false, content: template},
      {fail: 'opted_out'},
    ],
    ['answers what the customer writes all the same', {optedIn: false}, {go: text}],
    ['gives up what waited too long', {expiresAt: now}, {fail: 'expired'}],
    [
      'waits for the next day at the daily limit',
      {limit: {until: now + hour, reason: 'daily_limit'}},
      {wait: now + hour, reason: 'daily_limit'},
    ],
    [
      'fails at once when the window closes before the limit ends',
      {limit: {until: now + 30 * hour, reason: 'daily_limit'}},
      {fail: 'daily_limit'},
    ],
    [
      'lets a template wait for longer',
      {content: template, limit: {until: now + 30 * hour, reason: 'plan_limit'}},
      {wait: now + 30 * hour, reason: 'plan_limit'},
    ],
  ])('%s', (_title, more, verdict) => {
    expect(gate(facts(more))).toEqual(verdict)
  })
})
