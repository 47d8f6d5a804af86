import {applyFlowsOperation} from '../../../src/operations/flow-deploy.ts'
import {localClient} from '../../../src/operations/local.ts'
import {fillSessions, manyFlows} from '../../support/many-flows.ts'
import {below, type Figure, print} from '../figure.ts'
import {addTenants, makePlace} from '../place.ts'

const FLOWS = 200
const SESSIONS = 10_000

/** How long a deploy of many flows takes, from the files to the commit, with people to move in all of them. */
export async function deploy(): Promise<Figure[]> {
  const place = await makePlace('sqlite')
  const runtime = await place.open()
  try {
    const [db] = await addTenants(runtime, 1)
    if (!db) throw new Error('There is no tenant.')
    const client = localClient(runtime, {osUser: 'bench'})
    const files = (version: number) => manyFlows(FLOWS, version).map(({flow, text}) => ({name: `${flow}.yaml`, text}))
    await client.call(applyFlowsOperation, {files: files(1)})
    await fillSessions({db, runtime, clock: runtime.clock}, FLOWS, SESSIONS)
    const from = performance.now()
    const {data} = await client.call(applyFlowsOperation, {files: files(2)})
    const value = (performance.now() - from) / 1000
    const moved = data.reduce((sum, {redirected}) => sum + redirected, 0)
    if (moved !== SESSIONS) throw new Error(`${moved} of ${SESSIONS} people are told to move.`)
    return [print(below(5, {name: `apply of ${FLOWS} flows with ${SESSIONS} people inside`, value, unit: 's'}))]
  } finally {
    await runtime.close()
    await place.remove()
  }
}
