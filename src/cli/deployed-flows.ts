import type {Client} from '../operations/client.ts'
import {type FlowDetails, listFlowsOperation, showFlow} from '../operations/flows.ts'

type Call = Client['call']

const PAGE = 1000

/** Flows as they are deployed: those that were named, else all that are live. */
export async function deployedFlows(call: Call, named: readonly string[]): Promise<FlowDetails[]> {
  const refs = named.length > 0 ? [...named] : await liveFlows(call)
  const flows: FlowDetails[] = []
  for (const id of refs) flows.push(await call(showFlow, {id}))
  return flows
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
