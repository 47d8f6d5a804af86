import {sql} from 'kysely'
import type {Content} from '../base/message.ts'
import type {OutboundMeta} from '../messages/rows.ts'
import type {Tx} from '../store/database.ts'
import {boundLimit} from '../store/bound-limit.ts'
import {prepared} from '../store/prepared.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import {PRIORITIES} from './enqueue.ts'
import {SOCKETS} from './sockets.ts'

type TenantTx = Tx<TenantSchema>

/** A message of the queue with all that the gate and the channel need. */
export interface Claimed {
  id: string
  conversationId: string
  contactId: string
  recipient: string
  priority: number
  purpose: string
  attempts: number
  expiresAt: number
  content: Content
  fallback?: Content
  replyTo?: string
  /** The step of a flow that said it. */
  step?: {flow: string; node: string}
  optedIn: boolean
  lastInboundAt: number | null
  contactName: string | null
  contactPhone: string | null
}

interface ClaimedRow {
  id: string
  conversation_id: string
  contact_id: string
  recipient: string
  priority: number
  purpose: string
  attempts: number
  expires_at: Date
  metadata: unknown
  opted_in: boolean
  last_inbound_at: Date | null
  contact_name: string | null
  contact_phone: string | null
}

/**
 * The first that are due; CROSS JOIN tells SQLite to begin with the queue. PostgreSQL locks those that it hands out, so that
 * whoever cancels one comes before or waits; SQLite's transaction is alone anyway. PostgreSQL keeps its plan when it knows
 * how few are wanted: with a limit that is a parameter it plans anew each time.
 */
const pick = prepared<TenantSchema, {configId: string; priority: number; now: Date; limit: number}, ClaimedRow>(
  (db, {configId, priority, now, limit}, engine) => {
    const first = sql<ClaimedRow>`
      SELECT o.id, o.conversation_id, o.contact_id, o.recipient, o.priority, o.purpose, o.attempts, o.expires_at,
        m.metadata, k.opted_in, c.last_inbound_at, c.contact_name, c.contact_phone
      FROM outbox o CROSS JOIN messages m CROSS JOIN conversations c CROSS JOIN contacts k
      WHERE m.id = o.id AND c.id = o.conversation_id AND k.id = o.contact_id
        AND o.config_id = ${configId} AND o.state = 'queued' AND o.priority = ${priority} AND o.due_at <= ${now}
        AND NOT EXISTS (
          SELECT 1 FROM outbox e WHERE e.config_id = o.config_id AND e.recipient = o.recipient AND e.id < o.id
            AND e.priority <= o.priority AND e.state IN ('queued', 'claimed', 'sending'))
      ORDER BY o.due_at, o.id`
    const most = boundLimit(limit)
    return engine === 'sqlite'
      ? sql<ClaimedRow>`${first} LIMIT ${most}`.compile(db)
      : sql<ClaimedRow>`SELECT id, conversation_id, contact_id, recipient, priority, purpose, attempts, expires_at, metadata,
          opted_in, last_inbound_at, contact_name, contact_phone
          FROM (${first} LIMIT ${sql.lit(SOCKETS)} FOR UPDATE OF o) AS due LIMIT ${most}`.compile(db)
  },
)

/**
 * Takes what is due, replies first. One message per recipient at a time: the next one can be taken when the one before
 * it has left the queue, which keeps the order per recipient (design, section 6). What does not go out in this very
 * transaction has to be marked with `keepClaimed`.
 */
export async function claim(
  tx: TenantTx,
  configId: string,
  {now, limit}: {now: number; limit: number},
): Promise<Claimed[]> {
  const found: Claimed[] = []
  for (const priority of PRIORITIES) {
    const left = limit - found.length
    if (left === 0) break
    const {rows} = await pick(tx, {configId, priority, now: new Date(now), limit: left})
    found.push(...rows.map(claimedOf))
  }
  return found
}

function claimedOf(row: ClaimedRow): Claimed {
  const meta = row.metadata as OutboundMeta
  return {
    id: row.id,
    conversationId: row.conversation_id,
    contactId: row.contact_id,
    recipient: row.recipient,
    priority: row.priority,
    purpose: row.purpose,
    attempts: row.attempts,
    expiresAt: row.expires_at.getTime(),
    content: meta.content,
    fallback: meta.fallback,
    replyTo: meta.reply_to,
    step: meta.flow,
    optedIn: row.opted_in,
    lastInboundAt: row.last_inbound_at?.getTime() ?? null,
    contactName: row.contact_name,
    contactPhone: row.contact_phone,
  }
}

/** Marks what the lane keeps in its memory for a later step: it is this holder's, and counts as not sent. */
export async function keepClaimed(tx: TenantTx, kept: readonly Claimed[], epoch: number): Promise<void> {
  await tx.update(
    'outbox',
    ['id'],
    kept.map(({id}) => ({id, state: 'claimed', epoch, reason: null})),
  )
}
