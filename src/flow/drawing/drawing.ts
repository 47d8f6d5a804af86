import type {FlowParts} from '../definition.ts'
import type {FlowCoverage} from '../test-run/coverage.ts'
import type {NodeDefinition, NodeTypeName} from '../shape.ts'
import {linesOf} from './node-lines.ts'

/** A flow as something to draw: what stands in each box, and what each arrow says. */
export interface Drawing {
  flow: string
  name: string
  /** What starts it, in a few words. */
  trigger: string
  start: string
  nodes: DrawnNode[]
  edges: DrawnEdge[]
}

export interface DrawnNode {
  id: string
  type: NodeTypeName
  /** What it does, in a few short lines. */
  lines: string[]
  /** Whether a test comes here; absent when nobody asked. */
  reached?: boolean
}

export interface DrawnEdge {
  source: string
  target: string
  condition?: string
  reached?: boolean
}

/** The drawing of a flow; with coverage, what no test reaches is marked. */
export function drawingOf({flow, assembled}: FlowParts, coverage?: FlowCoverage): Drawing {
  const missed = coverage?.missed ?? []
  const nodes = flow.nodes.map((node) => ({
    ...boxOf(node),
    ...(coverage ? {reached: !missed.some((one) => one.kind === 'node' && one.node === node.id)} : {}),
  }))
  const edges = flow.edges.map(({source, target, condition}) => ({
    source,
    target,
    ...(condition === undefined ? {} : {condition}),
    ...(coverage
      ? {
          reached: !missed.some(
            (one) => one.kind === 'edge' && one.node === source && one.target === target && one.condition === condition,
          ),
        }
      : {}),
  }))
  return {flow: flow.flow, name: flow.name, trigger: triggerOf(flow.trigger), start: assembled.start, nodes, edges}
}

const boxOf = (node: NodeDefinition): DrawnNode => ({id: node.id, type: node.type, lines: linesOf(node)})

function triggerOf(trigger: FlowParts['flow']['trigger']): string {
  if (trigger.type === 'keyword') return `keyword: ${trigger.keywords.join(', ')}`
  return trigger.type === 'schedule' ? `schedule: ${trigger.cron}` : trigger.type
}
