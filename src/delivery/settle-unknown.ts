import type {Kysely} from 'kysely'
import {messageOf} from '../base/errors.ts'
import {accountOf} from '../channels/accounts.ts'
import {findMessages} from '../channels/evolution/find-messages.ts'
import {parseAddress} from '../contacts/identity.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import type {TenantDb} from '../store/stores.ts'
import {inList} from '../store/in-list.ts'
import {showsAs} from './echo-match.ts'
import {openState} from './queue-state.ts'

const ASK_AFTER_MS = 30_000
const ASK_UNTIL_MS = 10 * 60_000
/** Clocks of two machines differ. */
const EARLY_MS = 5000
const MOST = 20

/** How often it asks while there is a reason to. */
const ASK_EVERY_MS = 10_000

/** When there is something to ask about; null when there is not. */
export async function unknownDue(q: Kysely<TenantSchema>, now: number): Promise<number | null> {
  const row = await q
    .selectFrom('outbox')
    .innerJoin('whatsapp_configs', 'whatsapp_configs.id', 'outbox.config_id')
    .select((e) => e.fn.min('outbox.sending_at').as('sending_at'))
    .where(openState('unknown'))
    .where('outbox.sending_at', '>', new Date(now - ASK_UNTIL_MS))
    .where('whatsapp_configs.api_type', '=', 'evolution')
    .where('whatsapp_configs.removed_at', 'is', null)
    .executeTakeFirst()
  if (!row?.sending_at) return null
  const first = row.sending_at.getTime() + ASK_AFTER_MS
  return first > now ? first : now - (now % ASK_EVERY_MS) + ASK_EVERY_MS
}

type Deps = Pick<Runtime, 'stores' | 'http' | 'clock' | 'log'>

/**
 * Messages of unknown outcome on Evolution, which has no callback data: the server is asked what it sent to that chat.
 * One match that no other message of ours claims settles it; anything else is left to a person.
 */
export async function settleUnknown(deps: Deps, db: TenantDb): Promise<number> {
  const doubtful = await unknownOnEvolution(db, deps.clock.now())
  let settled = 0
  for (const row of doubtful) {
    try {
      const account = accountOf(deps, row.config)
      const found = await findMessages(parseAddress(row.recipient), account, deps.http)
      const sendingAt = row.sendingAt.getTime()
      const matches = found.filter(({at, text}) => (at === 0 || at >= sendingAt - EARLY_MS) && showsAs(row, text))
      if (
        await settleOne(
          deps,
          db,
          row,
          matches.map(({providerId}) => providerId),
        )
      )
        settled++
    } catch (error) {
      deps.log.warn({message: row.id, error: messageOf(error)}, 'an unknown message could not be looked up')
    }
  }
  return settled
}

type Doubtful = Awaited<ReturnType<typeof unknownOnEvolution>>[number]

async function unknownOnEvolution(db: TenantDb, now: number) {
  return db.read(async (q) => {
    const rows = await q
      .selectFrom('outbox')
      .innerJoin('messages', 'messages.id', 'outbox.id')
      .select([
        'outbox.id',
        'outbox.recipient',
        'outbox.sending_at',
        'outbox.config_id',
        'messages.type',
        'messages.content',
      ])
      .where(openState('unknown'))
      .where('outbox.sending_at', '<', new Date(now - ASK_AFTER_MS))
      .where('outbox.sending_at', '>', new Date(now - ASK_UNTIL_MS))
      .limit(MOST)
      .execute()
    if (rows.length === 0) return []
    const configs = await q
      .selectFrom('whatsapp_configs')
      .selectAll()
      .where('api_type', '=', 'evolution')
      .where('removed_at', 'is', null)
      .execute()
    return rows.flatMap((row) => {
      const config = configs.find((one) => one.id === row.config_id)
      return config && row.sending_at ? [{...row, config, sendingAt: row.sending_at}] : []
    })
  })
}

async function settleOne({clock}: Deps, db: TenantDb, row: Doubtful, candidates: readonly string[]): Promise<boolean> {
  if (candidates.length === 0) return false
  return db.write(async (tx) => {
    const claimed = await tx.db
      .selectFrom('messages')
      .select('whatsapp_message_id')
      .where(inList(tx.engine, 'whatsapp_message_id', candidates))
      .execute()
    const free = candidates.filter((id) => !claimed.some((one) => one.whatsapp_message_id === id))
    const [providerId] = free
    if (providerId === undefined || free.length > 1) return false
    const gone = await tx.db
      .deleteFrom('outbox')
      .where('id', '=', row.id)
      .where('state', '=', 'unknown')
      .executeTakeFirst()
    if (gone.numDeletedRows === 0n) return false
    const now = clock.now()
    await tx.update(
      'messages',
      ['id'],
      [{id: row.id, status: 'sent', whatsapp_message_id: providerId, error_message: null, status_at: new Date(now)}],
    )
    tx.emit({
      type: 'message_sent',
      at: now,
      data: {
        message_id: row.id,
        config_id: row.config_id,
        direction: 'outbound',
        whatsapp_message_id: providerId,
        status: 'sent',
        settled: true,
      },
    })
    return true
  })
}
