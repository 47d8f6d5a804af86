import {createHash} from 'node:crypto'
import type {Selectable} from 'kysely'
import {PytakeError} from '../base/errors.ts'
import type {Tx} from '../store/database.ts'
import type {ControlSchema} from '../store/schema/control.ts'
import type {ControlDb} from '../store/stores.ts'

/** So many attempts are free; each one after that doubles the wait. */
const FREE_FROM_ONE_PLACE = 5
const FREE_FROM_ANYWHERE = 30
const FIRST_WAIT_MS = 15_000
const LONGEST_WAIT_MS = 15 * 60_000
/** Who has not tried for this long begins anew. */
const FORGOTTEN_MS = 24 * 3_600_000

export interface Attempt {
  email: string
  /** Where the caller is. */
  origin: string | undefined
}

/** Whether the account exists plays no part, so that nothing tells it. */
const keysOf = ({email, origin}: Attempt) => [
  {key: hash(`${email}\n${origin ?? ''}`), free: FREE_FROM_ONE_PLACE},
  {key: hash(email), free: FREE_FROM_ANYWHERE},
]

const hash = (text: string): string => createHash('sha256').update(text).digest('hex')

/**
 * Counts an attempt before the password is looked at, so that many at once are counted too. Throws `RATE_LIMITED` while
 * the wait for the next one is not over.
 */
export async function countAttempt(control: ControlDb, attempt: Attempt, now: number): Promise<void> {
  const waitMs = await control.write(async (tx) => {
    const rows = []
    for (const {key, free} of keysOf(attempt)) rows.push({free, row: await take(tx, key, now)})
    const longest = Math.max(...rows.map(({row}) => (row.locked_until_at?.getTime() ?? 0) - now))
    if (longest > 0) return longest
    for (const {row, free} of rows) await count(tx, row, {free, now})
    return 0
  })
  if (waitMs === 0) return
  const seconds = Math.ceil(waitMs / 1000)
  throw new PytakeError('RATE_LIMITED', `Too many attempts to sign in. Again in ${seconds} s.`, {
    details: [{message: `again in ${seconds} s`, retry_after: seconds}],
  })
}

/** The password was right: what went before does not count. */
export async function forgetAttempts(tx: Tx<ControlSchema>, attempt: Attempt): Promise<void> {
  for (const {key} of keysOf(attempt)) await tx.db.deleteFrom('failed_logins').where('key', '=', key).execute()
}

export async function sweepAttempts(tx: Tx<ControlSchema>, now: number): Promise<void> {
  await tx.db
    .deleteFrom('failed_logins')
    .where('last_at', '<', new Date(now - FORGOTTEN_MS))
    .execute()
}

type FailedLogin = Selectable<ControlSchema['failed_logins']>

/** The row of a key, made when there is none, and held: of many attempts at once each sees the one before. */
async function take(tx: Tx<ControlSchema>, key: string, now: number): Promise<FailedLogin> {
  const forgotten = new Date(now - FORGOTTEN_MS)
  await tx.db.deleteFrom('failed_logins').where('key', '=', key).where('last_at', '<', forgotten).execute()
  await tx.insertNew('failed_logins', ['key'], [{key, failures: 0, last_at: new Date(now), locked_until_at: null}])
  const query = tx.db.selectFrom('failed_logins').selectAll().where('key', '=', key)
  return (tx.engine === 'postgres' ? query.forUpdate() : query).executeTakeFirstOrThrow()
}

async function count(tx: Tx<ControlSchema>, row: FailedLogin, {free, now}: {free: number; now: number}): Promise<void> {
  const failures = row.failures + 1
  const waitMs = failures < free ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - free))
  const until = waitMs === 0 ? null : new Date(now + waitMs)
  await tx.update('failed_logins', ['key'], [{key: row.key, failures, last_at: new Date(now), locked_until_at: until}])
}
