import {isDeepStrictEqual} from 'node:util'
import {isRecord} from '../base/json.ts'
import type {Json} from './session.ts'
import type {EdgeDefinition, FlowDefinition, NodeDefinition} from './shape.ts'

/** What differs between two definitions of a flow, node by node and edge by edge. */
export interface FlowDiff {
  /** Fields of the flow itself: `name`, `trigger.keywords`. */
  head: FieldDiff[]
  nodes: NodeDiff[]
  edges: EdgeDiff[]
}

/** A field that is there on one side only has no value on the other. */
export interface FieldDiff {
  path: string
  before?: Json
  after?: Json
}

export interface NodeDiff {
  node: string
  type: string
  change: 'added' | 'removed' | 'changed'
  fields: FieldDiff[]
}

export interface EdgeDiff extends EdgeDefinition {
  /** `moved`: it is tried at another place among the edges of its source. */
  change: 'added' | 'removed' | 'moved'
}

export function diffFlows(before: FlowDefinition, after: FlowDefinition): FlowDiff {
  const head = fieldsOf(headOf(before), headOf(after), '')
  return {head, nodes: diffNodes(before.nodes, after.nodes), edges: diffEdges(before.edges, after.edges)}
}

const headOf = (flow: FlowDefinition): unknown => ({...flow, nodes: undefined, edges: undefined})

function diffNodes(before: readonly NodeDefinition[], after: readonly NodeDefinition[]): NodeDiff[] {
  const old = new Map(before.map((node) => [node.id, node]))
  const kept = new Set(after.map(({id}) => id))
  const removed = before.filter(({id}) => !kept.has(id))
  return [
    ...removed.map(({id, type}): NodeDiff => ({node: id, type, change: 'removed', fields: []})),
    ...after.flatMap(({id, type, data}): NodeDiff[] => {
      const was = old.get(id)
      if (!was) return [{node: id, type, change: 'added', fields: []}]
      const fields = fieldsOf(withType(was.type, was.data), withType(type, data), '')
      return fields.length === 0 ? [] : [{node: id, type, change: 'changed', fields}]
    }),
  ]
}

/** Data has no field of this name, so the type may stand among them. */
const withType = (type: string, data: unknown): unknown => (isRecord(data) ? {type, ...data} : {type, data})

/** Objects are compared field by field; lists and everything else as a whole. */
function fieldsOf(before: unknown, after: unknown, path: string): FieldDiff[] {
  if (isDeepStrictEqual(before, after)) return []
  if (!isRecord(before) || !isRecord(after)) {
    return [
      {
        path,
        ...(before === undefined ? {} : {before: before as Json}),
        ...(after === undefined ? {} : {after: after as Json}),
      },
    ]
  }
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return names.flatMap((name) => fieldsOf(before[name], after[name], path === '' ? name : `${path}.${name}`))
}

const edgeText = ({source, target, condition}: EdgeDefinition) => JSON.stringify([source, target, condition ?? null])

function diffEdges(before: readonly EdgeDefinition[], after: readonly EdgeDefinition[]): EdgeDiff[] {
  const [old, now] = [new Set(before.map(edgeText)), new Set(after.map(edgeText))]
  const removed = before.filter((edge) => !now.has(edgeText(edge)))
  const added = after.filter((edge) => !old.has(edgeText(edge)))
  const moved = movedEdges(
    before.filter((edge) => now.has(edgeText(edge))),
    after.filter((edge) => old.has(edgeText(edge))),
  )
  return [
    ...removed.map((edge): EdgeDiff => ({...edge, change: 'removed'})),
    ...added.map((edge): EdgeDiff => ({...edge, change: 'added'})),
    ...moved.map((edge): EdgeDiff => ({...edge, change: 'moved'})),
  ]
}

/** The order among the conditional edges of one source decides; the default is tried last wherever it stands. */
function movedEdges(before: readonly EdgeDefinition[], after: readonly EdgeDefinition[]): EdgeDefinition[] {
  const places = (edges: readonly EdgeDefinition[]) => {
    const next = new Map<string, number>()
    return new Map(
      edges.flatMap((edge) => {
        if (edge.condition === undefined) return []
        const place = next.get(edge.source) ?? 0
        next.set(edge.source, place + 1)
        return [[edgeText(edge), place]]
      }),
    )
  }
  const [was, is] = [places(before), places(after)]
  return after.filter((edge) => was.get(edgeText(edge)) !== is.get(edgeText(edge)))
}
