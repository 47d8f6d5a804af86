import {createHash} from 'node:crypto'
import {z} from 'zod'
import {PytakeError} from '../base/errors.ts'
import type {Tx} from '../store/database.ts'
import type {ControlSchema} from '../store/schema/control.ts'
import {
  invitationFor,
  issueOneTimeToken,
  type OneTimeToken,
  readOneTimeToken,
  useOneTimeToken,
} from '../users/one-time-tokens.ts'
import {hashPassword} from '../users/passwords.ts'
import {
  insertUser,
  PLATFORM_TENANT,
  refusingTakenEmail,
  type Role,
  userByEmail,
  userById,
  type UserRow,
} from '../users/users.ts'
import {type PlatformContext, platformOperation} from './operation.ts'
import {refuseClosedTenant, Session, signIn} from './sign-in.ts'
import {refuseUserBeyondPlan} from './usage.ts'

export const signInMethods = platformOperation({
  id: 'auth.methods',
  method: 'GET',
  path: '/auth/methods',
  permission: 'nobody',
  summary: 'Show how people sign in here: by password, by single sign-on, or both.',
  input: z.strictObject({}),
  output: z.object({
    password: z.boolean(),
    /** Begins at `GET /api/v1/auth/oidc/start`, in a browser. */
    oidc: z.object({issuer: z.string()}).nullable(),
  }),
  status: 200,
  run: ({config}) =>
    Promise.resolve({
      password: config.passwordLogin,
      oidc: config.oidcIssuer === undefined ? null : {issuer: config.oidcIssuer},
    }),
})

/** S256 of RFC 7636: whoever shows the verifier is whoever gave the challenge. */
export const challengeOf = (verifier: string): string => createHash('sha256').update(verifier).digest('base64url')

/** 43 to 128 characters of RFC 7636. */
const verifier = z.string().regex(/^[\w.~-]{43,128}$/, {error: 'must be 43 to 128 letters, digits, -, ., _ or ~'})
export const challenge = z.string().regex(/^[\w-]{43}$/, {error: 'must be the SHA-256 of the verifier in base64url'})

/**
 * Lets in whom the identity provider vouches for: a user there is, or one who is invited. Answers a code that is good for
 * a minute, once, with the verifier. Called by the callback in process; it is mounted nowhere.
 */
export const admitPerson = platformOperation({
  id: 'auth.oidc_callback',
  method: 'POST',
  path: '/auth/oidc/callback',
  permission: 'nobody',
  summary: 'Let in whom the identity provider vouches for.',
  input: z.strictObject({email: z.string(), name: z.string().optional(), challenge}),
  output: z.object({code: z.string()}),
  status: 200,
  changes: 'control',
  async run(context, {email, name, challenge: boundTo}) {
    const {stores, clock} = context
    const known = await userByEmail(stores.control, email)
    const invitation = known ? undefined : await invitationFor(stores.control, email, clock.now())
    const tenantId = (known ?? invitation)?.tenant_id
    if (tenantId === undefined) throw unknown(email)
    if (known?.is_active === false) throw disabled(email)
    await refuseClosedTenant(context, tenantId)
    const join = invitation && (await joining(context, invitation, name))
    const id = known?.id ?? context.ids.next()
    context.note({
      tenant: tenantId === PLATFORM_TENANT ? undefined : tenantId,
      resource: id,
      after: {email, joined: invitation !== undefined},
    })
    const issued = await refusingTakenEmail(
      context.control.write(async (tx) => {
        await join?.(tx, id)
        return issueOneTimeToken(context, tx, {
          ...{purpose: 'sign_in', tenantId, email, userId: id, createdBy: 'oidc', boundTo},
        })
      }),
    )
    return {code: issued.token}
  },
})

const unknown = (email: string) =>
  new PytakeError('FORBIDDEN', `Nobody here has the address ${email}, and nobody with it is invited.`, {
    help: 'An admin invites: pytake user create --email ADDRESS --invite',
  })

const disabled = (email: string) => new PytakeError('FORBIDDEN', `The account of ${email} is disabled.`)

/** An invitation is redeemed by the sign-in. Nobody knows the password that such a user has. */
async function joining(context: PlatformContext, invitation: OneTimeToken, name: string | undefined) {
  const {clock, random} = context
  const {tenant_id: tenantId, email} = invitation
  const passwordHash = await hashPassword(random.bytes(32).toString('base64url'))
  const now = new Date(clock.now())
  return async (tx: Tx<ControlSchema>, id: string): Promise<void> => {
    await useOneTimeToken(tx, invitation, now)
    const role = invitation.role as Role
    const called = (name ?? email.split('@')[0] ?? email).slice(0, 255)
    await insertUser(tx, {id, tenantId, email, role, name: called, passwordHash}, now)
    await refuseUserBeyondPlan(tx, tenantId)
  }
}

export const redeemSignIn = platformOperation({
  id: 'auth.oidc_token',
  method: 'POST',
  path: '/auth/oidc/token',
  permission: 'nobody',
  summary: 'Sign in with the code that single sign-on ended with, and the verifier it was begun with.',
  input: z.strictObject({code: z.string().min(1).max(200), code_verifier: verifier}),
  output: Session,
  status: 200,
  changes: 'control',
  async run(context, {code, code_verifier: given}) {
    const {stores, clock} = context
    const asked = {token: code, purpose: 'sign_in', now: clock.now(), boundTo: challengeOf(given)} as const
    const row = await readOneTimeToken(stores.control, asked)
    const user = await activeUser(context, row)
    await refuseClosedTenant(context, user.tenant_id)
    context.note({
      tenant: user.tenant_id === PLATFORM_TENANT ? undefined : user.tenant_id,
      resource: user.id,
      after: {by: 'oidc'},
    })
    const answer = await context.control.write(async (tx) => {
      await useOneTimeToken(tx, row, new Date(clock.now()))
      return signIn(context, tx, user)
    })
    return answer()
  },
})

async function activeUser({stores}: PlatformContext, {user_id: id, email}: OneTimeToken): Promise<UserRow> {
  const user = id === null ? undefined : await userById(stores.control, id)
  if (!user?.is_active) throw disabled(email)
  return user
}

export const oidcOperations = {signInMethods, redeemSignIn}
