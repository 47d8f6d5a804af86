import type {Runtime} from '../runtime/runtime.ts'
import {checkToken, hashOf, isWellFormed, type TokenRow, touchToken} from '../users/tokens.ts'
import type {Principal} from './principal.ts'

/** Revoking is felt everywhere within this time. */
const REMEMBERED_MS = 5000
const MOST_REMEMBERED = 10_000

/** Turns what a caller presents into a principal; undefined when it is not valid. */
export type Authenticate = (token: string) => Promise<Principal | undefined>

/** Checks API tokens against control and remembers the good ones for five seconds. */
export function createAuthenticate({stores, clock, log}: Pick<Runtime, 'stores' | 'clock' | 'log'>): Authenticate {
  const remembered = new Map<string, {principal: Principal; until: number}>()

  return async (token) => {
    if (!isWellFormed(token)) return undefined
    const hash = hashOf(token)
    const known = remembered.get(hash)
    if (known && known.until > clock.monotonic()) return known.principal
    remembered.delete(hash)
    const row = await checkToken(stores.control, token, clock.now())
    if (!row) return undefined
    touchToken(stores.control, row, clock.now()).catch((error: unknown) =>
      log.warn({err: error}, 'the time a token was last used could not be stored'),
    )
    const principal = principalOf(row)
    if (remembered.size >= MOST_REMEMBERED) remembered.delete(remembered.keys().next().value as string)
    remembered.set(hash, {principal, until: clock.monotonic() + REMEMBERED_MS})
    return principal
  }
}

const principalOf = (row: TokenRow): Principal => ({
  kind: 'token',
  name: `token:${row.id}`,
  tenantId: row.tenant_id,
  platform: row.platform,
  scopes: row.scopes,
})
