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
  invitation: {prefix: 'pyi_', ms: 7 * 24 * HOUR_MS, word: 'invitation'},
  reset: {prefix: 'pyp_', ms: HOUR_MS, word: 'token'},
  sign_in: {prefix: 'pyo_', ms: 60_000, word: 'code'},
} as const
type Purpose = keyof typeof lives

export interface NewOneTimeToken {
  purpose: Purpose
  tenantId: string
  email: string
  userId?: string
  role?: Role
  createdBy: string
  /** What whoever uses it must know besides, so that the token alone is worth nothing. */
  boundTo?: string
}

const boundHash = (token: string, boundTo: string | undefined): string =>
  hashOf(boundTo === undefined ? token : `${token}.${boundTo}`)

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
    hash: boundHash(token, one.boundTo),
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

/** Did this maker give one out since then that was not used yet? */
export async function hasOneTimeToken(
  control: ControlDb,
  {email, purpose, createdBy, since}: Pick<NewOneTimeToken, 'email' | 'purpose' | 'createdBy'> & {since: number},
): Promise<boolean> {
  const row = await control.read((db) =>
    db
      .selectFrom('one_time_tokens')
      .select('hash')
      .where('email', '=', email)
      .where('purpose', '=', purpose)
      .where('created_by', '=', createdBy)
      .where('used_at', 'is', null)
      .where('created_at', '>', new Date(since))
      .executeTakeFirst(),
  )
  return row !== undefined
}

/** What a token stands for. Throws `UNAUTHORIZED` when it is unknown, used or too old. */
export async function readOneTimeToken(
  control: ControlDb,
  {token, purpose, now, boundTo}: {token: string; purpose: Purpose; now: number; boundTo?: string},
): Promise<OneTimeToken> {
  const row = await control.read((db) =>
    db
      .selectFrom('one_time_tokens')
      .selectAll()
      .where('hash', '=', boundHash(token, boundTo))
      .where('purpose', '=', purpose)
      .executeTakeFirst(),
  )
  if (!row || row.used_at !== null || row.expires_at.getTime() <= now) throw spent(purpose)
  return row
}

/** The invitation that waits for an address, if one does. */
export const invitationFor = (control: ControlDb, email: string, now: number): Promise<OneTimeToken | undefined> =>
  control.read((db) =>
    db
      .selectFrom('one_time_tokens')
      .selectAll()
      .where('email', '=', email)
      .where('purpose', '=', 'invitation')
      .where('used_at', 'is', null)
      .where('expires_at', '>', new Date(now))
      .executeTakeFirst(),
  )

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
  new PytakeError('UNAUTHORIZED', `The ${lives[purpose].word} is not valid, used already or too old.`)

export async function sweepOneTimeTokens(tx: Tx<ControlSchema>, now: number): Promise<void> {
  await tx.db.deleteFrom('one_time_tokens').where('expires_at', '<', new Date(now)).execute()
}
