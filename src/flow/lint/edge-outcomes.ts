import type {CompiledEdge, CompiledNode} from '../node.ts'

const nowhen = {now: 0, timeZone: 'UTC'}

/** Whether a node leaves by this edge with this outcome. `maybe`: it also depends on something else. */
export function takes(node: CompiledNode, edge: CompiledEdge, outcome: string): 'yes' | 'no' | 'maybe' {
  if (!node.good(outcome) && !edge.namesOutcome) return 'no'
  const {condition} = edge
  if (!condition) return 'yes'
  if ([...condition.uses].every((name) => name === 'outcome')) {
    try {
      return condition.evaluate({outcome}, nowhen) === true ? 'yes' : 'no'
    } catch {
      return 'no'
    }
  }
  if (!edge.namesOutcome) return 'maybe'
  // Part of it is about the outcome: it must name this one, or exclude others.
  return condition.source.includes(`'${outcome}'`) ||
    condition.source.includes(`"${outcome}"`) ||
    condition.source.includes('!')
    ? 'maybe'
    : 'no'
}

/** Whether some edge can be left by with this outcome. */
export const isHandled = (node: CompiledNode, outcome: string): boolean =>
  node.edges.some((edge) => takes(node, edge, outcome) !== 'no')
