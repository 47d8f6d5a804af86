import {z} from 'zod'

const Share = z.object({reached: z.number(), total: z.number()})

/** How much of a flow was reached, and what was not. */
export const FlowCoverage = z.object({
  flow: z.string(),
  file: z.string(),
  nodes: Share,
  edges: Share,
  missed: z.array(
    z.object({
      kind: z.enum(['node', 'edge']),
      node: z.string(),
      target: z.string().optional(),
      condition: z.string().optional(),
      line: z.number(),
    }),
  ),
})
export type FlowCoverage = z.output<typeof FlowCoverage>
