import {createHash} from 'node:crypto'
import {invalid, PytakeError} from '../base/errors.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {Database, Tx} from '../store/database.ts'
import type {Vault} from '../store/encryption.ts'
import type {StampTables} from './stamp.ts'

/** A key protects against a repeat for this long. */
export const KEY_KEPT_MS = 24 * 3_600_000
/** What is not answered after this long never will be: its server went away in between. */
const ANSWERED_WITHIN_MS = 60_000
/** Status of a key whose change is committed and whose answer is not stored yet. */
const NO_ANSWER_YET = 0

/** The key of one request: who asks and what for are part of it, so keys of different callers never meet. */
export interface RequestKey {
  key: string
  fingerprint: string
}

/** The input may hold a password, so its fingerprint is made with our key: a copy of the database cannot try words. */
export function requestKey(
  vault: Vault,
  given: string,
  request: {operation: string; principal: string; input: unknown},
): RequestKey {
  if (!/^[\x21-\x7e]{1,200}$/.test(given)) {
    throw invalid('Idempotency-Key', 'must be 1 to 200 visible ASCII characters')
  }
  return {
    key: sha256(`${request.operation}\n${request.principal}\n${given}`),
    fingerprint: vault.fingerprint(JSON.stringify(request.input ?? null)),
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Thrown inside the transaction when another request with this key was first; nothing of this one is committed. */
export class KeyTaken extends Error {}

/** Claims the key in the transaction of the change. */
export async function claimKey(tx: Tx<StampTables>, {key, fingerprint}: RequestKey, now: Date): Promise<void> {
  const expired = new Date(now.getTime() - KEY_KEPT_MS)
  await tx.db.deleteFrom('idempotency_keys').where('key', '=', key).where('created_at', '<=', expired).execute()
  const row = {key, fingerprint, status: NO_ANSWER_YET, response: '', created_at: now}
  const [fresh] = await tx.insertNew('idempotency_keys', ['key'], [row])
  if (!fresh) throw new KeyTaken()
}

type Deps = Pick<Runtime, 'clock'> & {stores: {vault: Vault}}

/** Keeps the answer beside the key, encrypted: it may hold a token that is shown once. */
export async function keepAnswer(
  {stores}: Deps,
  database: Database<StampTables>,
  {key}: RequestKey,
  answer: {status: number; value: unknown},
): Promise<void> {
  const response = stores.vault.seal(JSON.stringify(answer.value ?? null), place(database.name, key))
  await database.write((tx) => tx.update('idempotency_keys', ['key'], [{key, status: answer.status, response}]))
}

/** The answer of the first request with this key, if there was one. Throws `CONFLICT` when the request was another. */
export async function earlierAnswer(
  {stores, clock}: Deps,
  database: Database<StampTables>,
  {key, fingerprint}: RequestKey,
): Promise<{value: unknown} | undefined> {
  const row = await database.read((db) =>
    db.selectFrom('idempotency_keys').selectAll().where('key', '=', key).executeTakeFirst(),
  )
  if (!row || row.created_at.getTime() <= clock.now() - KEY_KEPT_MS) return undefined
  if (row.fingerprint !== fingerprint) {
    throw new PytakeError('CONFLICT', 'This Idempotency-Key was used for another request.')
  }
  if (row.status === NO_ANSWER_YET && row.created_at.getTime() > clock.now() - ANSWERED_WITHIN_MS) {
    throw new PytakeError('CONFLICT', 'The first request with this Idempotency-Key is still being carried out.', {
      help: 'Send the same request with the same key again, a little later.',
    })
  }
  if (row.status === NO_ANSWER_YET) {
    throw new PytakeError('CONFLICT', 'This request was carried out before, but its answer is not known (any more).', {
      help: 'Look at the resource; do not repeat the request under a new key.',
    })
  }
  return {value: JSON.parse(stores.vault.open(row.response, place(database.name, key))) as unknown}
}

const place = (tenant: string, row: string) => ({tenant, table: 'idempotency_keys', column: 'response', row})

/** Deletes keys that protect no longer; for the housekeeping of control and of every tenant. */
export async function sweepKeys(database: Database<StampTables>, now: number): Promise<void> {
  const expired = new Date(now - KEY_KEPT_MS)
  await database.write((tx) => tx.db.deleteFrom('idempotency_keys').where('created_at', '<=', expired).execute())
}
