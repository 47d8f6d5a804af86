import {countCanary} from '../deploy/canary.ts'
import type {LiveFlow} from '../deploy/live-flows.ts'
import type {Batch} from './batch.ts'
import type {TenantTx} from './load.ts'

/** Counts what a batch did with releases that are being tried, in its own commit. */
export async function countCanaries(tx: TenantTx, batch: Batch, live: readonly LiveFlow[]): Promise<void> {
  for (const {id: flowId, compiled, canary} of live) {
    if (!canary) continue
    const {release} = canary.compiled
    const ended = batch.ended.filter(({session}) => session.release === release)
    const going = [...batch.sessions.values()].filter(({session}) => session.release === release)
    const counts = {
      sessions: [...ended, ...going].filter(({state}) => state === 'new').length,
      ended: ended.length,
      failed: ended.filter(({session}) => session.status === 'failed').length,
    }
    if (counts.sessions + counts.ended > 0) await countCanary(tx, {flowId, flow: compiled.key, ...counts}, batch.now)
  }
}
