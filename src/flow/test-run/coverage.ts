import type {FlowDefinition} from '../shape.ts'
import type {Happening} from '../simulate/state.ts'
import {edgePlaces} from './edge-places.ts'
import type {FlowFile} from './library.ts'

export interface Share {
  reached: number
  total: number
}

/** A part of a flow that no test reached. */
export interface Missed {
  kind: 'node' | 'edge'
  node: string
  target?: string
  condition?: string
  line: number
}

export interface FlowCoverage {
  flow: string
  file: string
  nodes: Share
  edges: Share
  missed: Missed[]
}

export interface Coverage {
  /** The flow is under test: what of it is never reached will be told. */
  expect(flow: FlowFile): void
  /** Counts what happened in any of these flows. */
  add(flows: readonly FlowFile[], happened: readonly Happening[]): void
  report(): FlowCoverage[]
}

interface Reached {
  flow: FlowFile
  nodes: Set<string>
  edges: Set<number>
}

export function createCoverage(): Coverage {
  const expected = new Set<string>()
  const seen = new Map<string, Reached>()
  const of = (flow: FlowFile): Reached => {
    const found = seen.get(flow.file) ?? {flow, nodes: new Set(), edges: new Set()}
    seen.set(flow.file, found)
    return found
  }
  return {
    expect(flow) {
      of(flow)
      expected.add(flow.file)
    },
    add(flows, happened) {
      const byRelease = new Map(flows.map((flow) => [flow.compiled?.release, of(flow)]))
      for (const one of happened) {
        if (one.kind !== 'event' || typeof one.data.release !== 'string' || typeof one.data.node !== 'string') continue
        const reached = byRelease.get(one.data.release)
        if (!reached) continue
        reached.nodes.add(one.data.node)
        if (one.type === 'flow_step') addEdge(reached, one.data.node, one.data)
      }
    },
    report: () =>
      [...seen.values()].filter(({flow}) => expected.has(flow.file) && definitionOf(flow) !== undefined).map(reportOf),
  }
}

function addEdge({flow, edges}: Reached, source: string, {target, condition}: Record<string, unknown>): void {
  const index = flow.loaded.flow?.edges.findIndex(
    (edge) => edge.source === source && edge.target === target && (edge.condition ?? null) === (condition ?? null),
  )
  if (index !== undefined && index !== -1) edges.add(index)
}

/** Also of a flow with mistakes, as far as it can be read; undefined for a file that holds no flow. */
function definitionOf({loaded}: FlowFile): FlowDefinition | undefined {
  const flow = loaded.flow ?? loaded.parts?.flow
  return flow && flow.nodes.length > 0 ? flow : undefined
}

function reportOf({flow: file, nodes, edges}: Reached): FlowCoverage {
  const {loaded, text} = file
  const {flow = '', nodes: allNodes = [], edges: allEdges = []} = definitionOf(file) ?? {}
  const missedNodes = allNodes
    .filter(({id}) => !nodes.has(id))
    .map(({id}): Missed => ({kind: 'node', node: id, line: loaded.positions.get(id)?.line ?? 1}))
  const left = allEdges.map((edge, index) => ({edge, index})).filter(({index}) => !edges.has(index))
  const places = left.length > 0 ? edgePlaces(text, file.file) : []
  const missedEdges = left.map(({edge: {source, target, condition}, index}): Missed => ({
    kind: 'edge',
    node: source,
    target,
    condition,
    line: places[index]?.line ?? 1,
  }))
  return {
    flow,
    file: file.file,
    nodes: {reached: allNodes.length - missedNodes.length, total: allNodes.length},
    edges: {reached: allEdges.length - left.length, total: allEdges.length},
    missed: [...missedNodes, ...missedEdges].sort((a, b) => a.line - b.line),
  }
}
