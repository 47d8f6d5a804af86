import {z} from 'zod'
import {explore} from '../flow/explore/report.ts'
import {FlowCoverage} from './flow-coverage.ts'
import {localOperation} from './operation.ts'

const MOST_FLOWS = 1_000
const TextFile = z.strictObject({name: z.string().min(1).max(1000), text: z.string()})
const place = {line: z.number(), column: z.number()}

const Line = z.object({who: z.enum(['customer', 'bot', 'person', 'call', 'time']), text: z.string()})

const Found = z.object({
  rule: z.string(),
  severity: z.enum(['error', 'warn']),
  flow: z.string(),
  file: z.string(),
  node: z.string(),
  ...place,
  message: z.string(),
  /** Who it happens to, and the shortest dialogue that comes to it. */
  who: z.string(),
  lines: z.array(Line),
})

const Exploration = z.object({
  flow: z.string(),
  file: z.string(),
  /** Why nothing could be walked. */
  problems: z.array(
    z.object({file: z.string(), ...place, rule: z.string(), message: z.string(), hint: z.string().optional()}),
  ),
  places: z.number(),
  ends: z.number(),
  steps: z.number(),
  deepest: z.number(),
  complete: z.boolean(),
  coverage: FlowCoverage.optional(),
  findings: z.array(Found),
  circles: z.array(z.array(z.string())),
})
export type Exploration = z.output<typeof Exploration>

/** Walks through a flow by everything that may happen, where its file is. */
export const exploreFlow = localOperation({
  id: 'flows.explore',
  summary: 'Walk every branch of a flow and tell what goes wrong.',
  input: z.strictObject({
    /** The flow first, then those it may jump to. */
    flows: z.array(TextFile).min(1, 'there is no flow file').max(MOST_FLOWS),
    tests: z.array(TextFile).default([]),
    variables: z.record(z.string(), z.json()).default({}),
    depth: z.int().min(1).max(500),
    steps: z.int().min(1).max(1_000_000),
  }),
  output: Exploration,
  run: async (_context, {depth, steps, ...files}) => explore({...files, limits: {depth, steps}}),
})
