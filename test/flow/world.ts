import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import type {InboundContent} from '../../src/base/message.ts'
import {compile, hash, type CompiledFlow} from '../../src/flow/compile.ts'
import {loadFlow} from '../../src/flow/definition.ts'
import type {IncomingMessage, World} from '../../src/flow/session.ts'

export const fixtures = join(import.meta.dirname, '../fixtures/flows')
/** Monday 23 November 2026, 09:00 in São Paulo. */
export const NOW = Date.UTC(2026, 10, 23, 12)

/** Loads and compiles one flow; throws with all problems when it has any. */
export function flowOf(text: string, file = 'flow.yaml'): CompiledFlow {
  const {flow, problems} = loadFlow(text, file)
  if (!flow) throw new Error(problems.map((one) => `${one.file}:${one.line}:${one.column} ${one.message}`).join('\n'))
  return compile(flow, hash(flow))
}

export const readFixture = (file: string) => readFileSync(join(fixtures, file), 'utf8')

/** Every flow of the fixtures, by key. */
export function fixtureFlows(): Map<string, CompiledFlow> {
  const files = readdirSync(fixtures).filter((file) => file.endsWith('.yaml'))
  return new Map(files.map((file) => flowOf(readFixture(file), file)).map((flow) => [flow.key, flow]))
}

/** A world in which the given flows are live and Maria writes. */
export function worldOf(flows: Iterable<CompiledFlow>, change: Partial<World> = {}): World {
  const byKey = new Map<string, CompiledFlow>()
  const byRelease = new Map<string, CompiledFlow>()
  for (const flow of flows) {
    byKey.set(flow.key, flow)
    byRelease.set(flow.release, flow)
  }
  return {
    now: NOW,
    id: 'session-1',
    timeZone: 'America/Sao_Paulo',
    contact: {
      id: 'c1',
      name: 'Maria',
      phone: '+5511987650001',
      email: null,
      tags: ['novo'],
      attributes: {idade: 30},
      opted_in: true,
    },
    conversation: {id: 'v1', status: 'active', assigned_to: null, tags: []},
    business: {open: true},
    campaign: null,
    windowUntil: null,
    live: (key) => byKey.get(key),
    release: (id) => byRelease.get(id),
    ...change,
  }
}

/** What a customer typed. */
export function typed(text: string, at = NOW): IncomingMessage {
  return {id: `m-${text}`, kind: 'text', text, option: null, at, content: {kind: 'text', text}, tapped: false}
}

/** A tap on a button or row. */
export function tapped(id: string, title: string, at = NOW): IncomingMessage {
  return {
    id: `m-${id}`,
    kind: 'option',
    text: title,
    option: id,
    at,
    content: {kind: 'option', id, title},
    tapped: true,
  }
}

/** Any other content, with the text that stands for it. */
export function sent(content: InboundContent, more: Partial<IncomingMessage> = {}): IncomingMessage {
  return {id: `m-${content.kind}`, kind: content.kind, text: '', option: null, at: NOW, content, tapped: false, ...more}
}
