import {compile, hash, type CompiledFlow} from '../compile.ts'
import type {EdgeDefinition, FlowDefinition} from '../shape.ts'
import {edgePlaces} from './edge-places.ts'
import type {FlowFile} from './library.ts'

/** A flow with one change that a test ought to notice. */
export interface Mutant {
  node: string
  line: number
  change: string
  compiled: CompiledFlow
}

interface Change {
  node: string
  line: number
  change: string
  definition: FlowDefinition
}

/** More than this many changes are not tried; those that are lie evenly over the flow. */
export const MOST_MUTANTS = 500

/** Every small change of a flow: conditions the other way round, edges gone, the default with another target. */
export function mutantsOf(flow: FlowFile, most = MOST_MUTANTS): Mutant[] {
  const definition = flow.loaded.flow
  if (!definition) return []
  const changes = [...edgeChanges(flow, definition), ...conditionChanges(flow, definition)]
  const every = Math.max(1, changes.length / most)
  const chosen = changes.filter((_, n) => Math.floor(n / every) !== Math.floor((n - 1) / every))
  return chosen.flatMap(compiledOf).sort((a, b) => a.line - b.line)
}

/** A change that makes the flow one which could not be published is none. */
function compiledOf({definition, ...rest}: Change): Mutant[] {
  try {
    return [{...rest, compiled: compile(definition, hash(definition))}]
  } catch {
    return []
  }
}

function edgeChanges({text, file}: FlowFile, definition: FlowDefinition): Change[] {
  const places = edgePlaces(text, file)
  const {edges} = definition
  return edges.flatMap((edge, index) => {
    const line = places[index]?.line ?? 1
    const made = (change: string, next: EdgeDefinition[]): Change => ({
      node: edge.source,
      line,
      change,
      definition: {...definition, edges: next},
    })
    const without = edges.filter((_, n) => n !== index)
    const changes = [made(`without the edge ${nameOf(edge)}`, without)]
    const {condition} = edge
    if (condition !== undefined)
      return [...changes, made(`!(${condition})`, edges.with(index, {...edge, condition: `!(${condition})`}))]
    const other = edges.find(({source, target}) => source === edge.source && target !== edge.target)
    if (other)
      changes.push(made(`the default goes to ${other.target}`, edges.with(index, {...edge, target: other.target})))
    return changes
  })
}

function conditionChanges({loaded}: FlowFile, definition: FlowDefinition): Change[] {
  return definition.nodes.flatMap((node, index) => {
    const {expression} = node.data as {expression?: string}
    if (node.type !== 'condition' || expression === undefined) return []
    const flipped = {...node, data: {expression: `!(${expression})`}}
    const line = loaded.positions.get(node.id)?.line ?? 1
    const change = `!(${expression})`
    return [{node: node.id, line, change, definition: {...definition, nodes: definition.nodes.with(index, flipped)}}]
  })
}

const nameOf = ({source, target, condition}: EdgeDefinition): string =>
  `${source} → ${target}${condition === undefined ? '' : ` (${condition})`}`
