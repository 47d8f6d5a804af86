import type {Runtime} from './runtime.ts'

/** A server says this often that it is alive; one unseen for three beats is taken for dead. */
const BEAT_MS = 5000
export const NODE_SEEN_MS = 3 * BEAT_MS

export interface NodeInfo {
  id: string
  host: string
  pid: number
  roles: string[]
  url: string
}

type Deps = Pick<Runtime, 'stores' | 'clock' | 'log'>

/** Keeps this server's row in `nodes`, forgets rows of servers that died, and takes its own away at the end. */
export async function joinNodes(deps: Deps, node: NodeInfo): Promise<() => Promise<void>> {
  const {clock, stores, log} = deps
  const over = new AbortController()
  const {id, host, pid, roles, url} = node
  const startedAt = new Date(clock.now())
  await stores.control.write(async (tx) => {
    const gone = await tx.db
      .deleteFrom('nodes')
      .where('seen_at', '<', new Date(clock.now() - NODE_SEEN_MS))
      .returning(['id', 'host', 'pid'])
      .execute()
    for (const old of gone)
      tx.emit({
        type: 'node_down',
        at: clock.now(),
        data: {node: old.id, host: old.host, pid: old.pid, reason: 'not seen any more'},
      })
    await tx.insert('nodes', [{id, host, pid, roles, url, started_at: startedAt, seen_at: startedAt}])
    tx.emit({type: 'node_up', at: clock.now(), data: {node: id, host, pid, roles, url}})
  })
  const beat = async () => {
    for (;;) {
      await clock.sleep(BEAT_MS, over.signal)
      if (over.signal.aborted) return
      await stores.control
        .write((tx) => tx.update('nodes', ['id'], [{id, seen_at: new Date(clock.now())}]))
        .catch((error: unknown) => log.warn({error: String(error)}, 'the heartbeat could not be written'))
    }
  }
  const beating = beat()
  return async () => {
    over.abort()
    await beating
    await stores.control
      .write(async (tx) => {
        await tx.db.deleteFrom('nodes').where('id', '=', id).execute()
        tx.emit({type: 'node_down', at: clock.now(), data: {node: id, host, pid, reason: 'stopped'}})
      })
      .catch((error: unknown) => log.warn({error: String(error)}, 'the end of this node could not be recorded'))
  }
}

/** Servers that are alive, by their heartbeat. */
export const livingNodes = ({stores, clock}: Pick<Runtime, 'stores' | 'clock'>) =>
  stores.control.read((q) =>
    q
      .selectFrom('nodes')
      .selectAll()
      .where('seen_at', '>', new Date(clock.now() - NODE_SEEN_MS))
      .execute(),
  )
