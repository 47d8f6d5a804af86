import {type RawBuilder, sql} from 'kysely'
import {KEPT_MS} from '../flow/recent.ts'
import type {Tx} from '../store/database.ts'
import {inList} from '../store/in-list.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import {type Batch, openKey} from './batch.ts'
import {recentOf} from './recent.ts'

type TenantTx = Tx<TenantSchema>

/** Reads the last minute's texts of people whose last conversation has just ended, for the one that is opened next. */
export async function loadRecent(tx: TenantTx, batch: Batch, contacts: Iterable<string>): Promise<void> {
  const open = new Set([...batch.open.values()].map(({row}) => row.contact_id))
  const people = [...contacts].filter((id) => !open.has(id))
  if (people.length === 0) return
  const rows = await tx.db
    .selectFrom('conversations')
    .select(['contact_id', 'whatsapp_config_id', 'metadata'])
    .where(endedOf(tx, people))
    .where('last_message_at', '>', new Date(batch.now - KEPT_MS))
    .orderBy('created_at')
    .execute()
  for (const row of rows) batch.recent.set(openKey(row.contact_id, row.whatsapp_config_id), recentOf(row.metadata))
}

/** Without statistics SQLite would walk all conversations that ended, so it is told which index to take. */
function endedOf(tx: TenantTx, contacts: readonly string[]): RawBuilder<boolean> {
  const theirs = inList(tx.engine, 'contact_id', contacts)
  const ended = sql`status NOT IN ('active', 'waiting')`
  return tx.engine === 'sqlite'
    ? sql<boolean>`id IN (SELECT id FROM conversations INDEXED BY idx_conversations_contact WHERE ${theirs} AND ${ended})`
    : sql<boolean>`${theirs} AND ${ended}`
}
