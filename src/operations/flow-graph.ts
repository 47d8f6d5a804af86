import {z} from 'zod'
import {draw} from '../flow/drawing/draw.ts'
import {FlowProblem} from './flow-files.ts'
import {localOperation} from './operation.ts'

const MOST_FLOWS = 1_000
const TextFile = z.strictObject({name: z.string().min(1).max(1000), text: z.string()})

const Drawing = z.object({
  flow: z.string(),
  name: z.string(),
  trigger: z.string(),
  start: z.string(),
  nodes: z.array(
    z.object({id: z.string(), type: z.string(), lines: z.array(z.string()), reached: z.boolean().optional()}),
  ),
  edges: z.array(
    z.object({
      source: z.string(),
      target: z.string(),
      condition: z.string().optional(),
      reached: z.boolean().optional(),
    }),
  ),
})
export type Drawing = z.output<typeof Drawing>

/** Reads a flow file as something to draw. */
export const graphFlow = localOperation({
  id: 'flows.graph',
  summary: 'Give the nodes and edges of a flow for drawing.',
  input: z.strictObject({
    /** The flow first, then those it may jump to. */
    flows: z.array(TextFile).min(1, 'there is no flow file').max(MOST_FLOWS),
    tests: z.array(TextFile).default([]),
    variables: z.record(z.string(), z.json()).default({}),
    /** Mark what no test reaches. */
    coverage: z.boolean().default(false),
  }),
  output: z.object({drawing: Drawing.optional(), problems: z.array(FlowProblem)}),
  run: async (_context, input) => draw(input),
})
