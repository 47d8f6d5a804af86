import {z} from 'zod'
import {PytakeError} from '../base/errors.ts'
import {countAttempt, forgetAttempts} from '../users/failed-logins.ts'
import {checkPassword, hashPassword, isOutdated} from '../users/passwords.ts'
import {lookAtRefreshToken, revokeSessions, rotate, sessionOfToken} from '../users/sessions.ts'
import {PLATFORM_TENANT, updateUser, userByEmail, userById} from '../users/users.ts'
import {type PlatformContext, platformOperation} from './operation.ts'
import {isAllowed, permissionNames} from './permissions.ts'
import {refuseClosedTenant, refusePasswords, Session, sessionOf, signIn} from './sign-in.ts'
import {email, password, presentUser, User} from './user-row.ts'

const token = z.string().min(1).max(200)

export const login = platformOperation({
  id: 'auth.login',
  method: 'POST',
  path: '/auth/login',
  permission: 'nobody',
  summary: 'Sign in with e-mail and password.',
  input: z.strictObject({email, password}),
  output: Session,
  status: 200,
  changes: 'control',
  async run(context, {email: address, password: given}) {
    const {stores, clock, origin} = context
    refusePasswords(context)
    const attempt = {email: address, origin}
    await countAttempt(stores.control, attempt, clock.now())
    const user = await userByEmail(stores.control, address)
    const isRight = await checkPassword(user?.password_hash, given)
    if (!user?.is_active || !isRight) throw wrong()
    await refuseClosedTenant(context, user.tenant_id)
    const renewed = isOutdated(user.password_hash) ? await hashPassword(given) : undefined
    context.note({tenant: tenantOf(user.tenant_id), resource: user.id})
    const answer = await context.control.write(async (tx) => {
      await forgetAttempts(tx, attempt)
      if (renewed !== undefined) await updateUser(tx, user, {password_hash: renewed}, new Date(clock.now()))
      return signIn(context, tx, user)
    })
    return answer()
  },
})

const wrong = () => new PytakeError('UNAUTHORIZED', 'The e-mail address or the password is wrong.')

export const refresh = platformOperation({
  id: 'auth.refresh',
  method: 'POST',
  path: '/auth/refresh',
  permission: 'nobody',
  summary:
    'Get a new access token, and a new refresh token for the one given. One that is used twice ends the session.',
  input: z.strictObject({refresh_token: token}),
  output: Session,
  status: 200,
  changes: 'control',
  async run(context, {refresh_token: given}) {
    const found = await lookAtRefreshToken(context.stores.control, given, context.clock.now())
    if (found === 'reused') await endFamily(context, given)
    if (typeof found === 'string') throw over()
    const {session, user} = found
    await refuseClosedTenant(context, user.tenant_id)
    context.note({tenant: tenantOf(user.tenant_id), resource: user.id})
    const refreshToken = await context.control.write((tx) => rotate(context, tx, {token: given, sessionId: session.id}))
    if (refreshToken === undefined) {
      await endFamily(context, given)
      throw over()
    }
    return sessionOf(context, {user, sessionId: session.id, refreshToken})
  },
})

const over = () =>
  new PytakeError('UNAUTHORIZED', 'The refresh token is not valid any more. Sign in again.', {help: 'pytake login'})

/** Committed by itself: the answer is a refusal, and the session is over all the same. */
async function endFamily({stores, clock, log}: PlatformContext, refreshToken: string): Promise<void> {
  const session = await sessionOfToken(stores.control, refreshToken)
  if (session === undefined) return
  log.warn({session}, 'a refresh token was used twice; its session is ended')
  await stores.control.write((tx) => revokeSessions(tx, {which: {session}, why: 'reused', now: new Date(clock.now())}))
}

export const logout = platformOperation({
  id: 'auth.logout',
  method: 'POST',
  path: '/auth/logout',
  permission: 'somebody',
  summary: 'End this session, or with `everywhere` all sessions of the user.',
  input: z.strictObject({everywhere: z.boolean().default(false)}),
  output: z.object({ended: z.boolean()}),
  status: 200,
  changes: 'control',
  async run(context, {everywhere}) {
    const {principal, clock} = context
    if (!principal.user) throw new PytakeError('BAD_REQUEST', 'Only a user has a session. API tokens are revoked.')
    const {id, sessionId} = principal.user
    context.note({tenant: principal.tenantId ?? undefined, resource: id, after: {everywhere}})
    const which = everywhere ? {user: id} : {session: sessionId}
    await context.control.write((tx) => revokeSessions(tx, {which, why: 'logout', now: new Date(clock.now())}))
    return {ended: true}
  },
})

export const me = platformOperation({
  id: 'auth.me',
  method: 'GET',
  path: '/auth/me',
  permission: 'somebody',
  summary: 'Show who is asking, and what they may do.',
  input: z.strictObject({}),
  output: z.object({
    kind: z.enum(['operator', 'token', 'user']),
    name: z.string(),
    tenant_id: z.uuid().nullable(),
    platform: z.boolean(),
    permissions: z.array(z.string()),
    user: User.nullable(),
  }),
  status: 200,
  async run({principal, stores}) {
    const row = principal.user && (await userById(stores.control, principal.user.id))
    return {
      kind: principal.kind as 'operator' | 'token' | 'user',
      name: principal.name,
      tenant_id: principal.tenantId,
      platform: principal.platform,
      permissions: permissionNames.filter((name) => isAllowed(principal, name)),
      user: row ? presentUser(row) : null,
    }
  },
})

const tenantOf = (id: string): string | undefined => (id === PLATFORM_TENANT ? undefined : id)

export const authOperations = {login, refresh, logout, me}
