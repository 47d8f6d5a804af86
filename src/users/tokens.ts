import {hash} from 'node:crypto'
import type {Selectable} from 'kysely'
import {notFound} from '../base/errors.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {ControlSchema} from '../store/schema/control.ts'
import type {ControlDb} from '../store/stores.ts'

export type TokenRow = Selectable<ControlSchema['api_tokens']>

const PREFIX = 'pyt_'
const BYTES = 32
const BODY_LENGTH = 43
const CHECK_LENGTH = 6
/** `last_used_at` is for people; a write per request would be too dear. */
const TOUCH_EVERY_MS = 60_000

export interface NewToken {
  id: string
  tenantId: string | null
  name: string
  scopes: readonly string[]
  platform: boolean
  expiresAt: Date | null
  createdBy: string
}

/** Makes a token and stores its hash; the token itself is in the answer and nowhere else. */
export async function createToken(
  {clock, random}: Pick<Runtime, 'clock' | 'random'>,
  control: ControlDb,
  token: NewToken,
): Promise<{token: string; row: TokenRow}> {
  const body = random.bytes(BYTES).toString('base64url')
  const text = `${PREFIX}${body}${checkOf(body)}`
  const row: TokenRow = {
    id: token.id,
    tenant_id: token.tenantId,
    name: token.name,
    hash: hashOf(text),
    scopes: [...token.scopes],
    platform: token.platform,
    expires_at: token.expiresAt,
    last_used_at: null,
    revoked_at: null,
    created_by: token.createdBy,
    created_at: new Date(clock.now()),
  }
  await control.write((tx) => tx.insert('api_tokens', [{...row}]))
  return {token: text, row}
}

/** Revokes for ever; the row stays for the audit. Again is no error. */
export async function revokeToken(control: ControlDb, row: TokenRow, now: Date): Promise<TokenRow> {
  const revoked = {...row, revoked_at: row.revoked_at ?? now}
  await control.write((tx) => tx.update('api_tokens', ['id'], [{id: row.id, revoked_at: revoked.revoked_at}]))
  return revoked
}

/** By id or by name, within one tenant (null: the platform's). The newest that still works comes first. */
export async function findToken(control: ControlDb, tenantId: string | null, ref: string): Promise<TokenRow> {
  const rows = await control.read((db) =>
    db
      .selectFrom('api_tokens')
      .selectAll()
      .where('tenant_id', tenantId === null ? 'is' : '=', tenantId)
      .orderBy('created_at', 'desc')
      .execute(),
  )
  const row =
    rows.find((one) => one.id === ref) ??
    rows.find((one) => one.name === ref && one.revoked_at === null) ??
    rows.find((one) => one.name === ref)
  if (!row) throw notFound(`Token "${ref}"`, 'pytake token list')
  return row
}

/** The row of a token as a caller presents it, or undefined when it is mistyped, unknown, revoked or expired. */
export async function checkToken(control: ControlDb, text: string, now: number): Promise<TokenRow | undefined> {
  if (!isWellFormed(text)) return undefined
  const row = await control.read((db) =>
    db.selectFrom('api_tokens').selectAll().where('hash', '=', hashOf(text)).executeTakeFirst(),
  )
  if (!row || row.revoked_at !== null) return undefined
  return row.expires_at !== null && row.expires_at.getTime() <= now ? undefined : row
}

/** Notes that a token was used, at most once a minute. */
export async function touchToken(control: ControlDb, row: TokenRow, now: number): Promise<void> {
  if (row.last_used_at !== null && now - row.last_used_at.getTime() < TOUCH_EVERY_MS) return
  await control.write((tx) => tx.update('api_tokens', ['id'], [{id: row.id, last_used_at: new Date(now)}]))
}

/** Tells a mistyped or cut token without asking the database. */
export function isWellFormed(text: string): boolean {
  if (!text.startsWith(PREFIX) || text.length !== PREFIX.length + BODY_LENGTH + CHECK_LENGTH) return false
  const body = text.slice(PREFIX.length, PREFIX.length + BODY_LENGTH)
  return text.slice(-CHECK_LENGTH) === checkOf(body)
}

/** SHA-256 is enough for 256 random bits: there is nothing to guess. */
export const hashOf = (text: string): string => hash('sha256', text, 'hex')

const checkOf = (body: string): string => hash('sha256', `pyt${body}`, 'base64url').slice(0, CHECK_LENGTH)
