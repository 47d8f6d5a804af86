import type {Selectable} from 'kysely'
import {PytakeError} from '../base/errors.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {Tx} from '../store/database.ts'
import type {ControlSchema} from '../store/schema/control.ts'
import type {ControlDb} from '../store/stores.ts'
import {hashOf} from './tokens.ts'
import type {Role} from './users.ts'

export type OneTimeToken = Selectable<ControlSchema['one_time_tokens']>

const HOUR_MS = 3_600_000
const lives = {
  invitation: {prefix: 'pyi_', ms: 7 * 24 * HOUR_MS},
  reset: {prefix: 'pyp_', ms: HOUR_MS},
} as const
type Purpose = keyof typeof lives

export interface NewOneTimeToken {
  purpose: Purpose
  tenantId: string
  email: string
  userId?: string
  role?: Role
  createdBy: string
}

/** Stores the hash; the token itself is answered once. Earlier ones for the same person and purpose stop working. */
export async function issueOneTimeToken(
  {clock, random}: Pick<Runtime, 'clock' | 'random'>,
  tx: Tx<ControlSchema>,
  one: NewOneTimeToken,
): Promise<{token: string; expiresAt: Date}> {
  const {prefix, ms} = lives[one.purpose]
  const token = `${prefix}${random.bytes(32).toString('base64url')}`
  const now = clock.now()
  const expiresAt = new Date(now + ms)
  await dropOneTimeTokens(tx, one.email, one.purpose)
  const row = {
    hash: hashOf(token),
    purpose: one.purpose,
    tenant_id: one.tenantId,
    user_id: one.userId ?? null,
    email: one.email,
    role: one.role ?? null,
    created_by: one.createdBy,
    created_at: new Date(now),
    expires_at: expiresAt,
  }
  await tx.insert('one_time_tokens', [row])
  return {token, expiresAt}
}

export async function dropOneTimeTokens(tx: Tx<ControlSchema>, email: string, purpose: Purpose): Promise<void> {
  await tx.db.deleteFrom('one_time_tokens').where('email', '=', email).where('purpose', '=', purpose).execute()
}

/** What a token stands for. Throws `UNAUTHORIZED` when it is unknown, used or too old. */
export async function readOneTimeToken(
  control: ControlDb,
  {token, purpose, now}: {token: string; purpose: Purpose; now: number},
): Promise<OneTimeToken> {
  const row = await control.read((db) =>
    db
      .selectFrom('one_time_tokens')
      .selectAll()
      .where('hash', '=', hashOf(token))
      .where('purpose', '=', purpose)
      .executeTakeFirst(),
  )
  if (!row || row.used_at !== null || row.expires_at.getTime() <= now) throw spent(purpose)
  return row
}

/** Uses it up in the transaction of what it allows: of two at once one wins. */
export async function useOneTimeToken(tx: Tx<ControlSchema>, row: OneTimeToken, now: Date): Promise<void> {
  const taken = await tx.db
    .updateTable('one_time_tokens')
    .set({used_at: now})
    .where('hash', '=', row.hash)
    .where('used_at', 'is', null)
    .returning('hash')
    .executeTakeFirst()
  if (!taken) throw spent(row.purpose)
}

const spent = (purpose: Purpose): PytakeError =>
  new PytakeError(
    'UNAUTHORIZED',
    `The ${purpose === 'reset' ? 'token' : purpose} is not valid, used already or too old.`,
  )

export async function sweepOneTimeTokens(tx: Tx<ControlSchema>, now: number): Promise<void> {
  await tx.db.deleteFrom('one_time_tokens').where('expires_at', '<', new Date(now)).execute()
}
