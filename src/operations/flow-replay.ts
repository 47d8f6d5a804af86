import {z} from 'zod'
import {replayFlow} from '../analytics/replay.ts'
import {parseDuration} from '../base/duration.ts'
import {PytakeError} from '../base/errors.ts'
import {deployedFlows} from '../deploy/deployed.ts'
import {findFlow, releaseOf} from '../deploy/releases.ts'
import type {FlowDefinition} from '../flow/shape.ts'
import {byId, version} from './fields.ts'
import {FlowFile, flowFiles, readFlowFiles, refuseFlowProblems} from './flow-files.ts'
import {operation} from './operation.ts'

const MOST = 2000

const ReplayedFlow = z.object({
  flow: z.string(),
  sessions: z.number(),
  /** Begun by no message of a customer, or impossible to play. */
  skipped: z.number(),
  same: z.number(),
  differences: z.array(
    z.object({
      /** Another text at a node, another node, other calls, another end. */
      kind: z.enum(['says', 'goes', 'calls', 'ends']),
      before: z.string().nullable(),
      after: z.string().nullable(),
      example: z.object({before: z.string(), after: z.string()}).optional(),
      count: z.number(),
      session: z.string(),
    }),
  ),
})
export type ReplayedFlow = z.output<typeof ReplayedFlow>

export const replayFlowOperation = operation({
  id: 'flows.replay',
  method: 'POST',
  path: '/flows/{id}/replay',
  // Examples hold what was said to people.
  permission: 'conversations:read',
  summary: 'Play recorded conversations against another release, with sends and calls stubbed, and tell what differs.',
  audit: false,
  input: byId
    .extend({
      version: version.optional(),
      file: FlowFile.optional(),
      variables: flowFiles.variables,
      since: z
        .string()
        .refine((text) => parseDuration(text) !== undefined, 'must be a duration such as 7d')
        .default('7d'),
      limit: z.number().int().min(1).max(MOST).default(500),
    })
    .refine(({version, file}) => (version === undefined) !== (file === undefined), {
      path: ['version'],
      error: 'give either version or file',
    }),
  output: ReplayedFlow,
  status: 200,
  personal: true,
  async run({tenant, tenantRow, clock}, {id, version, file, variables, since, limit}) {
    const flow = await findFlow(tenant, id)
    const candidate = file ? readOne(file, variables) : (await releaseOf(tenant, flow, version)).definition
    if (candidate.flow !== flow.flow_key)
      throw new PytakeError('INVALID_FILE', `${file?.name} holds the flow "${candidate.flow}", not "${flow.flow_key}".`)
    const live = (await tenant.read(deployedFlows)).filter((one) => one.live)
    const replayed = await replayFlow(tenant, {
      ...{flowId: flow.id, candidate, limit, settings: tenantRow.settings},
      beside: live.map(({definition}) => definition),
      since: clock.now() - (parseDuration(since) ?? 0),
    })
    return {flow: flow.flow_key, ...replayed}
  },
})

function readOne(file: z.output<typeof FlowFile>, variables: Parameters<typeof readFlowFiles>[1]): FlowDefinition {
  const {definitions, problems} = readFlowFiles([file], variables)
  refuseFlowProblems(problems)
  const [one] = definitions
  if (!one) throw new PytakeError('INVALID_FILE', `${file.name} holds no flow.`)
  return one.definition
}

export const flowReplayOperations = {replayFlowOperation}
