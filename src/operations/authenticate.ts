import type {Runtime} from '../runtime/runtime.ts'
import {isJwt, verifyAccess} from '../users/access-tokens.ts'
import {livingSession} from '../users/sessions.ts'
import {checkToken, hashOf, isWellFormed, type TokenRow, touchToken} from '../users/tokens.ts'
import {PLATFORM_TENANT, type UserRow} from '../users/users.ts'
import type {Principal} from './principal.ts'
import {scopesOfRole} from './roles.ts'

/** Revoking is felt everywhere within this time. */
const REMEMBERED_MS = 5000
const MOST_REMEMBERED = 10_000

export interface Authenticate {
  /** Turns what a caller presents into a principal; undefined when it is not valid. */
  (token: string): Promise<Principal | undefined>
  /** Was it valid when it was looked at last? Who guesses has no such token. */
  wasValid(token: string): boolean
}

type Deps = Pick<Runtime, 'stores' | 'clock' | 'ids' | 'log'>

/** Checks API tokens and tokens of users against control, and takes the word of the good ones for five seconds. */
export function createAuthenticate(deps: Deps): Authenticate {
  const {clock} = deps
  const remembered = new Map<string, {principal: Principal; until: number}>()

  const authenticate = async (token: string) => {
    const hash = hashOf(token)
    const known = remembered.get(hash)
    if (known && known.until > clock.monotonic() && !isOver(known.principal, clock.now())) return known.principal
    const isSession = isJwt(token)
    if (!isSession && !isWellFormed(token)) return undefined
    const principal = await (isSession ? signedIn(deps, token) : byApiToken(deps, token))
    // Again at the end of the line: those go first that were not seen for longest.
    remembered.delete(hash)
    if (!principal) return undefined
    if (remembered.size >= MOST_REMEMBERED) remembered.delete(remembered.keys().next().value as string)
    remembered.set(hash, {principal, until: clock.monotonic() + REMEMBERED_MS})
    return principal
  }
  return Object.assign(authenticate, {wasValid: (token: string) => remembered.has(hashOf(token))})
}

const isOver = ({until}: Principal, now: number): boolean => until !== undefined && until <= now

async function byApiToken({stores, clock, log}: Deps, token: string): Promise<Principal | undefined> {
  const row = await checkToken(stores.control, token, clock.now())
  if (!row) return undefined
  touchToken(stores.control, row, clock.now()).catch((error: unknown) =>
    log.warn({err: error}, 'the time a token was last used could not be stored'),
  )
  return principalOf(row)
}

/** The token says who; what they may do is what control says now. */
async function signedIn(deps: Deps, token: string): Promise<Principal | undefined> {
  const claims = await verifyAccess(deps, token)
  const living = claims && (await livingSession(deps.stores.control, claims.sid, deps.clock.now()))
  if (!living || living.user.id !== claims.sub) return undefined
  return {...userPrincipal(living.user, living.session.id), until: claims.exp * 1000}
}

const principalOf = (row: TokenRow): Principal => ({
  kind: 'token',
  name: `token:${row.id}`,
  tenantId: row.tenant_id,
  platform: row.platform,
  scopes: row.scopes,
  until: row.expires_at?.getTime(),
})

/** An admin of the installation's own tenant is the platform's operator. */
export function userPrincipal(user: UserRow, sessionId: string): Principal {
  const isPlatform = user.tenant_id === PLATFORM_TENANT
  return {
    kind: 'user',
    name: `user:${user.id}`,
    tenantId: isPlatform ? null : user.tenant_id,
    platform: isPlatform && user.role === 'admin',
    scopes: scopesOfRole(user.role),
    user: {id: user.id, sessionId},
  }
}
