import {parseDuration} from '../../../base/duration.ts'
import type {MessageData} from '../../message-data.ts'
import type {CompiledEdge, CompiledNode} from '../../node.ts'
import {WINDOW_MARGIN} from '../../run.ts'
import type {NodeDefinition} from '../../shape.ts'
import {isHandled, takes} from '../edge-outcomes.ts'
import type {LintRule, Subject} from '../rule.ts'

const WINDOW = 24 * 3_600_000
const CLOSED = WINDOW - WINDOW_MARGIN
/** A node whose silence grew so often is in a loop of timeouts: it grows until the window is closed. */
const MOST_VISITS = 25

export const windowMayClose: LintRule = {
  id: 'window-may-close',
  severity: 'warn',
  summary: 'A free message may come when the 24-hour window is closed.',
  explain: `Outside of templates, WhatsApp's official interface only delivers messages within 24 hours of the customer's last one.
After a silence of a day (one long timeout, or several in a row), and at the start of a scheduled flow, the window is closed: the
message is not sent, its outcome is window_closed, and without an edge for that the session fails. Give the message a "fallback" with
an approved template, or an edge for window_closed, or wait less than 23 h 55 min. Numbers on Evolution have no window; a project
that uses only those may switch the rule off.`,
  bad: `flow: exemplo
nodes:
  - {id: pergunta, type: message, data: {text: "Posso ajudar?"}, next: ouve}
  - id: ouve
    type: wait
    data: {timeout: 2d}
    next: [{if: "outcome == 'timeout'", to: lembra}, fim]
  - {id: lembra, type: message, data: {text: "Ainda precisa de ajuda?"}, next: fim}
  - {id: fim, type: end}
`,
  good: `flow: exemplo
nodes:
  - {id: pergunta, type: message, data: {text: "Posso ajudar?"}, next: ouve}
  - id: ouve
    type: wait
    data: {timeout: 2d}
    next: [{if: "outcome == 'timeout'", to: lembra}, fim]
  - id: lembra
    type: message
    data: {text: "Ainda precisa de ajuda?", fallback: {template: lembrete, language: pt_BR}}
    next: fim
  - {id: fim, type: end}
`,
  check(subject, report) {
    const silences = longestSilences(subject)
    for (const {id, type, data} of subject.flow.nodes) {
      const node = subject.assembled.nodes.get(id)
      const {template, fallback} = data as MessageData
      if (type !== 'message' || !node || template || fallback || isHandled(node, 'window_closed')) continue
      if ((silences.get(id) ?? 0) < CLOSED) continue
      report([...subject.nodePath(id), 'id'], {
        rule: 'window-may-close',
        message: `"${id}" may come a day after the customer's last message, when only templates are delivered.`,
        hint: 'Add data.fallback: {template: …, language: pt_BR}, or an edge for window_closed.',
      })
    }
  },
}

/** The longest that the customer can have been silent when each node is entered, up to a closed window. */
function longestSilences({flow, assembled}: Subject): Map<string, number> {
  const definitions = new Map(flow.nodes.map((node) => [node.id, node]))
  const silences = new Map<string, number>()
  const visits = new Map<string, number>()
  const todo: {id: string; silence: number}[] = []
  const arrive = (id: string, silence: number) => {
    const count = (visits.get(id) ?? 0) + 1
    const now = count > MOST_VISITS ? CLOSED : Math.min(silence, CLOSED)
    if ((silences.get(id) ?? -1) >= now) return
    visits.set(id, count)
    silences.set(id, now)
    todo.push({id, silence: now})
  }
  arrive(assembled.start, flow.trigger.type === 'schedule' ? CLOSED : 0)
  for (let step = todo.pop(); step; step = todo.pop()) {
    const [node, definition] = [assembled.nodes.get(step.id), definitions.get(step.id)]
    if (!node || !definition) continue
    for (const edge of node.edges) arrive(edge.target, silenceAfter(node, edge, definition, step.silence))
  }
  return silences
}

function silenceAfter(node: CompiledNode, edge: CompiledEdge, {data}: NodeDefinition, before: number): number {
  if (!node.behaviour.waits) return before
  const {timeout} = data as {timeout?: string}
  const onSilence = timeout !== undefined && takes(node, edge, 'timeout') !== 'no'
  return onSilence ? before + (parseDuration(timeout) ?? 0) : 0
}
