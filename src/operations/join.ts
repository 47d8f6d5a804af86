import {z} from 'zod'
import {PytakeError} from '../base/errors.ts'
import {createTenant, removeTenant} from '../tenants/lifecycle.ts'
import {sendMail} from '../users/mail.ts'
import {hasOneTimeToken, issueOneTimeToken, readOneTimeToken, useOneTimeToken} from '../users/one-time-tokens.ts'
import {hashPassword, refuseWeakPassword} from '../users/passwords.ts'
import {revokeSessions} from '../users/sessions.ts'
import {
  insertUser,
  PLATFORM_TENANT,
  refusingTakenEmail,
  type Role,
  updateUser,
  userByEmail,
  userById,
} from '../users/users.ts'
import {name} from './fields.ts'
import {type PlatformContext, platformOperation} from './operation.ts'
import {refuseClosedTenant, refusePasswords, Session, signIn} from './sign-in.ts'
import {refuseUserBeyondPlan} from './usage.ts'
import {email, password, presentUser, User} from './user-row.ts'

const token = z.string().min(1).max(200)

export const register = platformOperation({
  id: 'auth.register',
  method: 'POST',
  path: '/auth/register',
  permission: 'nobody',
  summary: 'Redeem an invitation. Where registration is open, without one: makes a tenant on the plan starter.',
  input: z
    .strictObject({
      invitation: token.optional(),
      name,
      password,
      email: email.optional(),
      company: name.optional(),
    })
    .superRefine((input, context) => {
      const needed = input.invitation === undefined ? (['email', 'company'] as const) : []
      for (const field of needed) {
        if (input[field] === undefined) context.addIssue({code: 'custom', path: [field], message: 'is required'})
      }
    }),
  output: Session,
  status: 201,
  changes: 'control',
  async run(context, {invitation, company, ...input}) {
    refusePasswords(context)
    return invitation === undefined
      ? registerOpenly(context, {...input, email: input.email ?? '', company: company ?? ''})
      : redeem(context, invitation, input)
  },
})

interface Person {
  name: string
  password: string
}

async function redeem(context: PlatformContext, invitation: string, person: Person): Promise<Session> {
  const {stores, clock} = context
  const row = await readOneTimeToken(stores.control, {token: invitation, purpose: 'invitation', now: clock.now()})
  await refuseClosedTenant(context, row.tenant_id)
  refuseWeakPassword(person.password, row.email)
  return addAndSignIn(context, {...person, email: row.email, tenantId: row.tenant_id, role: row.role as Role}, (tx) =>
    useOneTimeToken(tx, row, new Date(clock.now())),
  )
}

async function registerOpenly(
  context: PlatformContext,
  {company, ...person}: Person & {email: string; company: string},
): Promise<Session> {
  if (context.config.registration !== 'open') {
    throw new PytakeError('FORBIDDEN', 'Whoever wants to register needs an invitation.', {
      help: 'pytake user create --invite, by an admin',
    })
  }
  refuseWeakPassword(person.password, person.email)
  if (await userByEmail(context.stores.control, person.email)) {
    throw new PytakeError('CONFLICT', 'This e-mail address belongs to a user already.')
  }
  const tenantId = context.ids.next()
  await createTenant(context, context.stores.control, {id: tenantId, name: company, plan: 'starter'})
  try {
    return await addAndSignIn(context, {...person, tenantId, role: 'admin'}, () => Promise.resolve())
  } catch (error) {
    // Somebody took the address meanwhile: a company without people would only be in the way.
    await removeTenant(context, context.stores.control, tenantId)
    throw error
  }
}

type Before = (tx: Parameters<typeof signIn>[1]) => Promise<void>

async function addAndSignIn(
  context: PlatformContext,
  {password: given, ...person}: Person & {email: string; tenantId: string; role: Role},
  before: Before,
): Promise<Session> {
  const passwordHash = await hashPassword(given)
  const id = context.ids.next()
  context.note({
    tenant: person.tenantId === PLATFORM_TENANT ? undefined : person.tenantId,
    resource: id,
    after: {email: person.email, name: person.name, role: person.role},
  })
  const answer = await refusingTakenEmail(
    context.control.write(async (tx) => {
      await before(tx)
      const user = await insertUser(tx, {...person, id, passwordHash}, new Date(context.clock.now()))
      await refuseUserBeyondPlan(tx, person.tenantId)
      return signIn(context, tx, user)
    }),
  )
  return answer()
}

export const forgotPassword = platformOperation({
  id: 'auth.forgot_password',
  method: 'POST',
  path: '/auth/forgot-password',
  permission: 'nobody',
  summary: 'Ask for a new password by mail. The answer is the same whether or not there is such a user.',
  input: z.strictObject({email}),
  output: z.object({message: z.string()}),
  status: 202,
  changes: 'control',
  run(context, {email: address}) {
    // Not waited for: how long it takes would tell whether somebody has this address.
    void mailReset(context, address).catch((error: unknown) =>
      context.log.warn({err: error}, 'a mail for a forgotten password could not be sent'),
    )
    const how =
      context.config.smtpUrl === undefined ? 'An operator gives out new passwords here.' : 'Look at your mail.'
    return Promise.resolve({message: `If there is such a user, a token was made. ${how}`})
  },
})

/** Whoever asks again and again fills nobody's mailbox, nor takes the token away that was just mailed. */
const MAILED_AGAIN_MS = 2 * 60_000

async function mailReset(context: PlatformContext, address: string): Promise<void> {
  if (context.config.smtpUrl === undefined) return
  const user = await userByEmail(context.stores.control, address)
  if (!user?.is_active) return
  const mine = {purpose: 'reset', createdBy: 'forgot-password'} as const
  const since = context.clock.now() - MAILED_AGAIN_MS
  if (await hasOneTimeToken(context.stores.control, {...mine, email: user.email, since})) return
  context.note({tenant: user.tenant_id === PLATFORM_TENANT ? undefined : user.tenant_id, resource: user.id})
  const {id, tenant_id: tenantId, email: to} = user
  const {token: reset, expiresAt} = await context.control.write((tx) =>
    issueOneTimeToken(context, tx, {...mine, tenantId, email: to, userId: id}),
  )
  await sendMail(context.config, {to, subject: 'PyTake: new password', text: resetText(reset, expiresAt)})
}

export const resetText = (
  reset: string,
  until: Date,
): string => `Somebody, you we hope, asked for a new password of your PyTake account.

One-time token, good until ${until.toISOString()}:

${reset}

Use it with "pytake password reset --url URL" or POST /api/v1/auth/reset-password {"token": "…", "password": "…"}.
Who did not ask need do nothing.
`

export const resetPassword = platformOperation({
  id: 'auth.reset_password',
  method: 'POST',
  path: '/auth/reset-password',
  permission: 'nobody',
  summary: 'Set a new password with a one-time token. All sessions of the user end.',
  input: z.strictObject({token, password}),
  output: User,
  status: 200,
  changes: 'control',
  async run(context, {token: given, password: wanted}) {
    const {stores, clock} = context
    const now = new Date(clock.now())
    const row = await readOneTimeToken(stores.control, {token: given, purpose: 'reset', now: clock.now()})
    const user = row.user_id === null ? undefined : await userById(stores.control, row.user_id)
    if (!user?.is_active) throw new PytakeError('UNAUTHORIZED', 'The token is not valid, used already or too old.')
    refuseWeakPassword(wanted, user.email)
    const hash = await hashPassword(wanted)
    context.note({tenant: user.tenant_id === PLATFORM_TENANT ? undefined : user.tenant_id, resource: user.id})
    const changed = await context.control.write(async (tx) => {
      await useOneTimeToken(tx, row, now)
      await revokeSessions(tx, {which: {user: user.id}, why: 'password', now})
      return updateUser(tx, user, {password_hash: hash}, now)
    })
    return presentUser(changed)
  },
})

export const joinOperations = {register, forgotPassword, resetPassword}
