import type {LongestValue} from '../../base/text-extent.ts'
import type {AnswerKind} from '../answers.ts'
import {nodeTypes} from '../registry.ts'
import type {FlowDefinition} from '../shape.ts'

/** What a customer typed, or another system answered: hardly ever longer. */
const LIKELY = 200

const byPath: Readonly<Record<string, number>> = {
  'contact.name': 60,
  'contact.phone': 20,
  'contact.email': 80,
  'contact.id': 36,
  'conversation.id': 36,
  'flow.key': 64,
  'flow.name': 60,
  'message.id': 64,
  'message.kind': 12,
  'message.at': 24,
  outcome: 20,
  now: 24,
}

const byAnswer: Partial<Record<AnswerKind, number>> = {
  number: 16,
  email: 80,
  cpf: 14,
  cnpj: 18,
  document: 18,
  phone: 16,
  date: 10,
  choice: 24,
}

/** How long each value of a flow is likely to get, by how its variables are set. */
export function likelyLengths(flow: FlowDefinition): LongestValue {
  const vars = new Map<string, number>()
  const widen = (name: string, length: number) => vars.set(name, Math.max(vars.get(name) ?? 0, length))
  for (const {type, data} of flow.nodes) {
    const {expect = 'text', set = {}} = data as {expect?: AnswerKind; set?: Record<string, unknown>}
    for (const name of nodeTypes[type].writes?.(data) ?? []) {
      const value = set[name] ?? set[`vars.${name}`]
      widen(name, type === 'wait' ? (byAnswer[expect] ?? LIKELY) : literalLength(value))
    }
  }
  for (const [name, value] of Object.entries(flow.vars ?? {})) widen(name, value === null ? 0 : literalLength(value))
  return (path) => {
    const [root, name = ''] = path
    if (root === 'vars') return path.length === 2 ? vars.get(name) || LIKELY : LIKELY
    return byPath[path.join('.')] ?? LIKELY
  }
}

const literalLength = (value: unknown): number => {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value).length
  return typeof value === 'string' && !value.includes('{{') && !value.includes('{%') ? value.length : LIKELY
}
