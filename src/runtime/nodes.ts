import type {Kysely} from 'kysely'
import type {Tx} from '../store/database.ts'
import {prepared} from '../store/prepared.ts'
import type {ControlSchema} from '../store/schema/control.ts'
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
  await stores.control.write(async (tx) => {
    await forgetDead(tx, clock.now())
    await enter(tx, node, clock.now())
  })
  const beat = async () => {
    for (;;) {
      await clock.sleep(BEAT_MS, over.signal)
      if (over.signal.aborted) return
      await stores.control
        .write((tx) => live(tx, node, clock.now()))
        .catch((error: unknown) => log.warn({error: String(error)}, 'the heartbeat could not be written'))
    }
  }
  const beating = beat()
  return async () => {
    over.abort()
    await beating
    await stores.control
      .write(async (tx) => {
        const {id, host, pid} = node
        await tx.db.deleteFrom('nodes').where('id', '=', id).execute()
        tx.emit({type: 'node_down', at: clock.now(), data: {node: id, host, pid, reason: 'stopped'}})
      })
      .catch((error: unknown) => log.warn({error: String(error)}, 'the end of this node could not be recorded'))
  }
}

type ControlTx = Tx<ControlSchema>

async function enter(tx: ControlTx, {id, host, pid, roles, url}: NodeInfo, now: number): Promise<void> {
  const at = new Date(now)
  await tx.insert('nodes', [{id, host, pid, roles, url, started_at: at, seen_at: at}])
  tx.emit({type: 'node_up', at: now, data: {node: id, host, pid, roles, url}})
}

/** One beat. A node that stood still so long that others forgot it comes back as itself. */
async function live(tx: ControlTx, node: NodeInfo, now: number): Promise<void> {
  const row = await tx.db
    .updateTable('nodes')
    .set({seen_at: new Date(now)})
    .where('id', '=', node.id)
    .returning('id')
    .executeTakeFirst()
  if (!row) await enter(tx, node, now)
  await forgetDead(tx, now)
}

async function forgetDead(tx: ControlTx, now: number): Promise<void> {
  const gone = await tx.db
    .deleteFrom('nodes')
    .where('seen_at', '<', new Date(now - NODE_SEEN_MS))
    .returning(['id', 'host', 'pid'])
    .execute()
  for (const {id, host, pid} of gone)
    tx.emit({type: 'node_down', at: now, data: {node: id, host, pid, reason: 'not seen any more'}})
}

/** Servers that are alive, by their heartbeat. */
export const livingNodes = ({stores, clock}: Pick<Runtime, 'stores' | 'clock'>) =>
  stores.control.read(async (q) => {
    const since = new Date(clock.now() - NODE_SEEN_MS)
    return (await seenSince({db: q, engine: stores.control.engine}, {since})).rows
  })

// Asked with every message that is sent.
const seenSince = prepared((db: Kysely<ControlSchema>, {since}: {since: Date}) =>
  db.selectFrom('nodes').selectAll().where('seen_at', '>', since).compile(),
)
