import {z} from 'zod'
import {hash} from '../flow/compile.ts'
import {diffFlows} from '../flow/diff.ts'
import type {FlowDefinition} from '../flow/shape.ts'
import {localOperation} from './operation.ts'

const Edge = z.object({source: z.string(), target: z.string(), condition: z.string().optional()})

/** What differs between two definitions of a flow. */
export const FlowDiff = z.object({
  head: z.array(z.object({path: z.string(), before: z.json().optional(), after: z.json().optional()})),
  nodes: z.array(
    z.object({
      node: z.string(),
      type: z.string(),
      change: z.enum(['added', 'removed', 'changed']),
      fields: z.array(z.object({path: z.string(), before: z.json().optional(), after: z.json().optional()})),
    }),
  ),
  edges: z.array(Edge.extend({change: z.enum(['added', 'removed', 'moved'])})),
})
export type FlowDiff = z.output<typeof FlowDiff>

/** As `flows.show` and `flows.read` give them. */
const Definition = z.custom<FlowDefinition>(
  (value) => typeof value === 'object' && value !== null && 'nodes' in value && 'edges' in value,
  'is no definition of a flow',
)

/** Compares two definitions, wherever each of them came from. */
export const diffFlowsOperation = localOperation({
  id: 'flows.diff',
  summary: 'Tell what differs between two definitions of a flow.',
  input: z.strictObject({before: Definition, after: Definition}),
  output: FlowDiff.extend({same: z.boolean()}),
  run: ({}, {before, after}) => Promise.resolve({...diffFlows(before, after), same: hash(before) === hash(after)}),
})
