import {z} from 'zod'
import {PytakeError} from '../base/errors.ts'
import type {Tx} from '../store/database.ts'
import type {ControlSchema} from '../store/schema/control.ts'
import {tenantById} from '../tenants/tenants.ts'
import {signAccess} from '../users/access-tokens.ts'
import {openSession} from '../users/sessions.ts'
import {PLATFORM_TENANT, type UserRow} from '../users/users.ts'
import type {PlatformContext} from './operation.ts'
import {presentUser, User} from './user-row.ts'

/** What signing in answers. */
export const Session = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  /** Seconds. */
  expires_in: z.number(),
  refresh_token: z.string(),
  refresh_expires_in: z.number(),
  user: User,
})
export type Session = z.output<typeof Session>

/** Opens a session in the transaction that let the person in. The tokens are for after its commit. */
export async function signIn(
  context: PlatformContext,
  tx: Tx<ControlSchema>,
  user: UserRow,
): Promise<() => Promise<Session>> {
  const {sessionId, refreshToken} = await openSession(context, tx, {user, origin: context.origin})
  const row = {...user, last_login: new Date(context.clock.now())}
  return () => sessionOf(context, {user: row, sessionId, refreshToken})
}

export async function sessionOf(
  context: PlatformContext,
  {user, sessionId, refreshToken}: {user: UserRow; sessionId: string; refreshToken: string},
): Promise<Session> {
  const {jwtSeconds, refreshSeconds} = context.config
  return {
    access_token: await signAccess(context, {user, sessionId, seconds: jwtSeconds}),
    token_type: 'Bearer',
    expires_in: jwtSeconds,
    refresh_token: refreshToken,
    refresh_expires_in: refreshSeconds,
    user: presentUser(user),
  }
}

/** Where single sign-on is the only way in, no other one leads around it. */
export function refusePasswords({config}: PlatformContext): void {
  if (config.passwordLogin) return
  throw new PytakeError('FORBIDDEN', 'Nobody signs in with a password here: single sign-on is the way in.', {
    help: 'pytake login --browser',
  })
}

/** Who is suspended does not sign in. Told only to those whose password was right. */
export async function refuseClosedTenant({stores}: PlatformContext, tenantId: string): Promise<void> {
  if (tenantId === PLATFORM_TENANT) return
  const tenant = await tenantById(stores.control, tenantId)
  if (tenant?.state !== 'active') throw new PytakeError('FORBIDDEN', 'The tenant of this account was removed.')
  if (tenant.billing.status === 'active') return
  throw new PytakeError('FORBIDDEN', `Tenant ${tenant.name} is ${tenant.billing.status}.`)
}
