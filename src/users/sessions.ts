import type {Selectable} from 'kysely'
import type {Runtime} from '../runtime/runtime.ts'
import type {Tx} from '../store/database.ts'
import type {ControlSchema} from '../store/schema/control.ts'
import type {ControlDb} from '../store/stores.ts'
import {hashOf} from './tokens.ts'
import type {UserRow} from './users.ts'

export type SessionRow = Selectable<ControlSchema['sessions']>

const PREFIX = 'pyr_'
const BYTES = 32

type Deps = Pick<Runtime, 'clock' | 'random' | 'ids' | 'config'>

/** One sign-in: an access token at a time and a chain of refresh tokens, of which only the newest is good. */
export interface Opened {
  sessionId: string
  refreshToken: string
}

export async function openSession(
  deps: Deps,
  tx: Tx<ControlSchema>,
  {user, origin}: {user: UserRow; origin: string | undefined},
): Promise<Opened> {
  const now = new Date(deps.clock.now())
  const sessionId = deps.ids.next()
  const expiresAt = expiryOf(deps)
  const row = {
    id: sessionId,
    user_id: user.id,
    origin: origin ?? null,
    created_at: now,
    refreshed_at: now,
    expires_at: expiresAt,
  }
  await tx.insert('sessions', [row])
  await tx.update('users', ['id'], [{id: user.id, last_login: now}])
  return {sessionId, refreshToken: await addRefreshToken(deps, tx, {sessionId, expiresAt})}
}

const expiryOf = ({clock, config}: Deps): Date => new Date(clock.now() + config.refreshSeconds * 1000)

async function addRefreshToken(
  {random}: Deps,
  tx: Tx<ControlSchema>,
  {sessionId, expiresAt}: {sessionId: string; expiresAt: Date},
): Promise<string> {
  const token = `${PREFIX}${random.bytes(BYTES).toString('base64url')}`
  await tx.insert('refresh_tokens', [{hash: hashOf(token), session_id: sessionId, expires_at: expiresAt}])
  return token
}

/** `reused`: somebody has a copy, and which of the two is the thief cannot be told. */
export type Presented = 'unknown' | 'reused' | 'over' | {session: SessionRow; user: UserRow}

/** What a refresh token is worth. Nothing is changed. */
export async function lookAtRefreshToken(control: ControlDb, token: string, now: number): Promise<Presented> {
  const row = await control.read((db) =>
    db.selectFrom('refresh_tokens').selectAll().where('hash', '=', hashOf(token)).executeTakeFirst(),
  )
  if (!row) return 'unknown'
  const living = await livingSession(control, row.session_id, now)
  if (!living) return 'over'
  if (row.used_at !== null) return 'reused'
  return row.expires_at.getTime() <= now ? 'over' : living
}

/** The session and its user; undefined when either is over. */
export async function livingSession(
  control: ControlDb,
  id: string,
  now: number,
): Promise<{session: SessionRow; user: UserRow} | undefined> {
  const session = await control.read((db) =>
    db.selectFrom('sessions').selectAll().where('id', '=', id).executeTakeFirst(),
  )
  if (!session || session.revoked_at !== null || session.expires_at.getTime() <= now) return undefined
  const user = await control.read((db) =>
    db.selectFrom('users').selectAll().where('id', '=', session.user_id).executeTakeFirst(),
  )
  return user?.is_active ? {session, user} : undefined
}

/** A new refresh token for a used one; undefined when another request used it at the same time. */
export async function rotate(
  deps: Deps,
  tx: Tx<ControlSchema>,
  {token, sessionId}: {token: string; sessionId: string},
): Promise<string | undefined> {
  const now = new Date(deps.clock.now())
  const taken = await tx.db
    .updateTable('refresh_tokens')
    .set({used_at: now})
    .where('hash', '=', hashOf(token))
    .where('used_at', 'is', null)
    .returning('hash')
    .executeTakeFirst()
  if (!taken) return undefined
  const expiresAt = expiryOf(deps)
  await tx.update('sessions', ['id'], [{id: sessionId, refreshed_at: now, expires_at: expiresAt}])
  return addRefreshToken(deps, tx, {sessionId, expiresAt})
}

export async function sessionOfToken(control: ControlDb, token: string): Promise<string | undefined> {
  const row = await control.read((db) =>
    db.selectFrom('refresh_tokens').select('session_id').where('hash', '=', hashOf(token)).executeTakeFirst(),
  )
  return row?.session_id
}

/** Ends one session, or all of a user. */
export async function revokeSessions(
  tx: Tx<ControlSchema>,
  {which, why, now}: {which: {session: string} | {user: string}; why: string; now: Date},
): Promise<void> {
  const query = tx.db.updateTable('sessions').set({revoked_at: now, revoked_why: why}).where('revoked_at', 'is', null)
  await ('session' in which ? query.where('id', '=', which.session) : query.where('user_id', '=', which.user)).execute()
}

/** Forgets what has been over for a week; till then a reused token is known for what it is. */
export async function sweepSessions(tx: Tx<ControlSchema>, now: number): Promise<void> {
  const before = new Date(now - 7 * 24 * 3_600_000)
  const old = tx.db.selectFrom('sessions').select('id').where('expires_at', '<', before)
  await tx.db.deleteFrom('refresh_tokens').where('session_id', 'in', old).execute()
  await tx.db.deleteFrom('sessions').where('expires_at', '<', before).execute()
}
