import {PytakeError} from '../base/errors.ts'
import type {Client} from '../operations/client.ts'
import {type FlowDetails, listFlowsOperation, showFlow} from '../operations/flows.ts'

type Call = Client['call']

const PAGE = 1000

/** Flows as they are deployed: those that were named, else all that are live. */
export async function deployedFlows(call: Call, named: readonly string[]): Promise<ReleasedFlow[]> {
  const refs = named.length > 0 ? [...named] : await liveFlows(call)
  const flows: ReleasedFlow[] = []
  for (const id of refs) flows.push(await releasedFlow(call, {id}))
  return flows
}

export type ReleasedFlow = FlowDetails & {shown: NonNullable<FlowDetails['shown']>}

/** One release of a flow. Throws `NOT_FOUND` for one that has only a draft. */
export async function releasedFlow(call: Call, input: {id: string; version?: number}): Promise<ReleasedFlow> {
  const {shown, ...flow} = await call(showFlow, input)
  if (shown) return {...flow, shown}
  throw new PytakeError('NOT_FOUND', `Flow "${flow.flow}" has no release yet, only a draft.`, {
    help: `pytake flow publish ${flow.flow}`,
  })
}

async function liveFlows(call: Call): Promise<string[]> {
  const ids: string[] = []
  for (let after: string | undefined; ;) {
    const list = {is_active: true, limit: PAGE, sort: 'flow_key', order: 'asc'} as const
    const {data, page} = await call(listFlowsOperation, {...list, ...(after === undefined ? {} : {after})})
    ids.push(...data.map(({id}) => id))
    if (page.after === null) return ids
    after = page.after
  }
}
