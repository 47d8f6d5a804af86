import {sql} from 'kysely'
import type {Holder} from '../base/holder.ts'
import {accountOf, type ConfigRow} from '../channels/accounts.ts'
import type {Account, ApiType, Channel} from '../channels/channel.ts'
import {startTenantLoop} from '../jobs/tenant-loop.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {TenantDb} from '../store/stores.ts'
import type {TenantCache} from '../tenants/tenant-cache.ts'
import {PRIORITIES} from './enqueue.ts'
import {type Lane, runLane} from './lane.ts'
import {createMediaUploads} from './media-uploads.ts'
import {openState} from './queue-state.ts'

export interface Sender {
  /** There may be something to send for this tenant. */
  wake(tenantId: string): void
  /** Stops within a bounded time; nothing on the wire is cut off. */
  stop(): Promise<void>
}

export interface SenderOptions {
  channels: Record<ApiType, Channel>
  tenants: TenantCache
  holder: Holder
  armed: () => boolean
  /** A lane wrote something: a message may be due again later. */
  touched: (tenantId: string) => void
}

type Deps = Pick<Runtime, 'stores' | 'clock' | 'ids' | 'random' | 'crash' | 'http' | 'log' | 'config'>

/** Keeps a lane running for every config that has something to send, over all tenants. */
export function startSender(deps: Deps, options: SenderOptions): Sender {
  const lanes = new Map<string, Lane>()
  let stopped = false

  const start = (db: TenantDb, config: ConfigRow) => {
    const channel = options.channels[config.api_type as ApiType]
    const laneDeps = {
      ...deps,
      holder: options.holder,
      tenant: (id: string) => options.tenants.get(id),
      armed: options.armed,
      touched: () => options.touched(db.name),
    }
    const withMedia = createMediaUploads(deps, channel)
    const account = accountReader(deps, db, config.id)
    const lane = runLane(laneDeps, {db, configId: config.id, channel, account, withMedia})
    lanes.set(config.id, lane)
    void lane.ended.then(() => {
      lanes.delete(config.id)
      options.touched(db.name)
    })
  }
  const look = async (tenantId: string) => {
    const db = deps.stores.tenant(tenantId)
    for (const config of await workFor(db, deps.clock.now())) {
      const lane = lanes.get(config.id)
      if (lane) lane.wake()
      else if (!stopped) start(db, config)
    }
    return false
  }
  const loop = startTenantLoop({
    clock: deps.clock,
    log: deps.log,
    name: 'sender',
    work: look,
  })
  return {
    wake: loop.wake,
    async stop() {
      stopped = true
      await loop.stop()
      await Promise.all([...lanes.values()].map((lane) => lane.stop()))
    },
  }
}

/** Configs of running lanes that have something due, or rows left by a holder that died. */
async function workFor(db: TenantDb, now: number): Promise<ConfigRow[]> {
  const isDue = (priority: number) => sql`EXISTS (SELECT 1 FROM outbox o
    WHERE o.config_id = l.config_id AND o.state = 'queued' AND o.priority = ${sql.lit(priority)}
      AND o.due_at <= ${new Date(now)})`
  return db.read(async (q) => {
    const {rows} = await sql<{config_id: string}>`
      SELECT l.config_id FROM lanes l WHERE l.state = 'running' AND (
        EXISTS (SELECT 1 FROM outbox WHERE outbox.config_id = l.config_id AND ${openState('claimed', 'sending')})
        OR ${sql.join(PRIORITIES.map(isDue), sql` OR `)})`.execute(q)
    if (rows.length === 0) return []
    return q
      .selectFrom('whatsapp_configs')
      .selectAll()
      .where(
        'id',
        'in',
        rows.map((row) => row.config_id),
      )
      .where('removed_at', 'is', null)
      .execute()
  })
}

/** The account, read again when its config was changed. */
function accountReader(deps: Deps, db: TenantDb, configId: string): (version: number) => Promise<Account> {
  let known: {version: number; account: Promise<Account>} | undefined
  const read = async () => {
    const row = await db.read((q) =>
      q.selectFrom('whatsapp_configs').selectAll().where('id', '=', configId).executeTakeFirstOrThrow(),
    )
    return accountOf(deps, row)
  }
  return (version) => {
    if (known?.version !== version) {
      const account = read()
      known = {version, account}
      account.catch(() => (known = undefined))
    }
    return known.account
  }
}
