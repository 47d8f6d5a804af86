import {messageOf, PytakeError} from '../base/errors.ts'
import {storableText} from '../base/json-text.ts'
import type {Identity} from '../base/message.ts'
import type {ChannelEvent} from '../channels/channel.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {Row} from '../store/database.ts'
import type {TenantDb} from '../store/stores.ts'
import {type Delivery, takeBatch} from './delivery-batch.ts'

export interface InboxWriter {
  /** Resolves when everything is on disk; answers how many events were new. Throws `UNAVAILABLE` when it is not. */
  store(tenantId: string, delivery: Delivery): Promise<{stored: number; repeated: number}>
}

interface Waiting {
  delivery: Delivery
  resolve: (result: {stored: number; repeated: number}) => void
  reject(error: unknown): void
}

type Deps = Pick<Runtime, 'stores' | 'ids' | 'crash' | 'log'>

export interface InboxOptions {
  onStored: (tenantId: string) => void
  /** Resolves when more may be taken for this tenant; never waits for long. */
  room?: (tenantId: string) => Promise<void>
}

/**
 * Many webhooks, one commit: while a commit runs, what arrives gathers and goes with the next one. No timer: a lone
 * webhook is written at once.
 */
export function createInboxWriter(deps: Deps, {onStored, room}: InboxOptions): InboxWriter {
  const queues = new Map<string, {waiting: Waiting[]; running: boolean}>()

  const drain = async (tenantId: string, queue: {waiting: Waiting[]; running: boolean}) => {
    queue.running = true
    while (queue.waiting.length > 0) {
      // Webhooks that are being read from their sockets right now come along.
      await new Promise(setImmediate)
      await room?.(tenantId)
      const batch = takeBatch(queue.waiting)
      try {
        await commit(deps, deps.stores.tenant(tenantId), batch)
        onStored(tenantId)
      } catch (error) {
        deps.log.error({tenant: tenantId, error: messageOf(error)}, 'webhooks could not be stored')
        const refusal =
          error instanceof PytakeError
            ? error
            : new PytakeError('UNAVAILABLE', 'The webhook could not be stored.', {cause: error})
        for (const one of batch) one.reject(refusal)
      }
    }
    queue.running = false
    queues.delete(tenantId)
  }

  return {
    store(tenantId, delivery) {
      return new Promise((resolve, reject) => {
        let queue = queues.get(tenantId)
        if (!queue) {
          queue = {waiting: [], running: false}
          queues.set(tenantId, queue)
        }
        queue.waiting.push({delivery, resolve, reject})
        if (!queue.running) void drain(tenantId, queue)
      })
    },
  }
}

async function commit(deps: Deps, db: TenantDb, batch: Waiting[]): Promise<void> {
  const raws: Row[] = []
  const rows: Row[] = []
  for (const {delivery} of batch) {
    const received = new Date(delivery.receivedAt)
    const rawId = deps.ids.next()
    raws.push({id: rawId, body: storableText(delivery.raw), created_at: received})
    for (const {configId, event} of delivery.events) {
      rows.push({
        key: keyOf(configId, event),
        config_id: configId,
        kind: event.type,
        dedupe_key: event.dedupe.slice(0, 500),
        body: storableText(JSON.stringify(event)),
        raw_id: rawId,
        state: 'pending',
        attempts: 0,
        received_at: received,
      })
    }
  }
  const fresh = await db.write(async (tx) => {
    const isNew = await tx.insertNew('inbox', ['dedupe_key'], rows)
    const wanted = new Set(rows.filter((_, n) => isNew[n]).map((row) => row.raw_id))
    tx.leave(
      tx.insert(
        'raw_webhooks',
        raws.filter((raw) => wanted.has(raw.id)),
      ),
    )
    deps.crash('webhook.before_commit')
    return isNew
  })
  deps.crash('webhook.after_commit')
  let at = 0
  for (const {delivery, resolve} of batch) {
    const count = delivery.events.length
    const stored = fresh.slice(at, (at += count)).filter(Boolean).length
    resolve({stored, repeated: count - stored})
  }
}

/** Rows with the same key are handled in order: one customer of one number. */
function keyOf(configId: string, event: ChannelEvent): string {
  switch (event.type) {
    case 'message':
      return `${configId} ${identityText(event.from[0])}`
    case 'echo':
      return `${configId} ${identityText(event.to[0])}`
    case 'status':
      return `${configId} status ${event.providerId}`.slice(0, 400)
    default:
      return `${configId} ${event.type}`
  }
}

const identityText = (identity: Identity | undefined) =>
  identity ? `${identity.kind}:${identity.value}`.slice(0, 300) : 'unknown'
