import {isRecord} from '../../base/json.ts'
import type {Path} from '../problem.ts'
import {readSource} from '../source.ts'
import type {Position} from './suite.ts'

/** Where the edges of a flow stand in its file, in the order of its definition: those of `next`, then the list. */
export function edgePlaces(text: string, file: string): Position[] {
  const source = readSource(text, file)
  const {value} = source
  if (!isRecord(value)) return []
  const nodes = Array.isArray(value.nodes) ? value.nodes : []
  const paths: Path[] = nodes.flatMap((node: unknown, n): Path[] => {
    const next = isRecord(node) ? node.next : undefined
    if (next === undefined) return []
    return Array.isArray(next) ? next.map((_, k) => ['nodes', n, 'next', k]) : [['nodes', n, 'next']]
  })
  const listed = Array.isArray(value.edges) ? value.edges : []
  return [...paths, ...listed.map((_, n): Path => ['edges', n])].map((path) => {
    const {line, column} = source.locate(path, {rule: 'syntax', message: ''})
    return {line, column}
  })
}
