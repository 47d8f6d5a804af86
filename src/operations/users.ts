import {z} from 'zod'
import {PytakeError} from '../base/errors.ts'
import {sendMail} from '../users/mail.ts'
import {issueOneTimeToken} from '../users/one-time-tokens.ts'
import {hashPassword, refuseWeakPassword} from '../users/passwords.ts'
import {revokeSessions} from '../users/sessions.ts'
import {
  findUser,
  insertUser,
  PLATFORM_TENANT,
  refusingTakenEmail,
  updateUser,
  type UserChange,
  type UserRow,
} from '../users/users.ts'
import {iso, name, ref, timeOut} from './fields.ts'
import {resetText} from './join.ts'
import {flag, listInput, listOutput} from './list.ts'
import {readPage} from './page.ts'
import {type PlatformContext, platformOperation} from './operation.ts'
import {covers} from './permissions.ts'
import {scopesOfRole} from './roles.ts'
import {resolveTenant} from './tenant-of.ts'
import {refuseUserBeyondPlan} from './usage.ts'
import {email, password, presentUser, role, User} from './user-row.ts'

/** Whose users are meant: a tenant's, or with `platform` those who run the platform. */
const home = {platform: flag.default(false)}
const one = z.strictObject({id: ref, ...home})

export const listUsers = platformOperation({
  id: 'users.list',
  method: 'GET',
  path: '/users',
  permission: 'users:read',
  summary: 'List users.',
  input: listInput({
    sort: ['created_at', 'name', 'email'],
    filters: {...home, role: role.optional(), is_active: flag.optional()},
  }),
  output: listOutput(User),
  status: 200,
  personal: true,
  async run(context, input) {
    const tenantId = await homeOf(context, input.platform)
    context.note({tenant: tenantOf(tenantId)})
    const {rows, page} = await context.stores.control.read((db) => {
      let query = db.selectFrom('users').selectAll().where('tenant_id', '=', tenantId)
      if (input.role) query = query.where('role', '=', input.role)
      if (input.is_active !== undefined) query = query.where('is_active', '=', input.is_active)
      return readPage(db, query, input)
    })
    return {data: rows.map(presentUser), page}
  },
})

export const showUser = platformOperation({
  id: 'users.show',
  method: 'GET',
  path: '/users/{id}',
  permission: 'users:read',
  summary: 'Show a user, by id, e-mail address or name.',
  input: one,
  output: User,
  status: 200,
  personal: true,
  async run(context, input) {
    const user = await find(context, input)
    context.note({tenant: tenantOf(user.tenant_id), resource: user.id})
    return presentUser(user)
  },
})

export const createUser = platformOperation({
  id: 'users.create',
  method: 'POST',
  path: '/users',
  permission: 'users:write',
  summary: 'Create a user with a password.',
  input: z.strictObject({email, name, password, role: role.default('user'), ...home}),
  output: User,
  status: 201,
  changes: 'control',
  async run(context, input) {
    const tenantId = await homeOf(context, input.platform)
    refuseStronger(context, input.role)
    refuseWeakPassword(input.password, input.email)
    const passwordHash = await hashPassword(input.password)
    const id = context.ids.next()
    const {email: address, name: called, role: wanted} = input
    context.note({tenant: tenantOf(tenantId), resource: id, after: {email: address, name: called, role: wanted}})
    const row = await refusingTakenEmail(
      context.control.write(async (tx) => {
        const user = {id, tenantId, email: address, name: called, role: wanted, passwordHash}
        const made = await insertUser(tx, user, new Date(context.clock.now()))
        await refuseUserBeyondPlan(tx, tenantId)
        return made
      }),
    )
    return presentUser(row)
  },
})

/** A token that is answered once, and whether it went out by mail too. */
const OneTime = z.object({email: z.string(), token: z.string(), expires_at: timeOut, mailed: z.boolean()})

export const inviteUser = platformOperation({
  id: 'users.invite',
  method: 'POST',
  path: '/users/invite',
  permission: 'users:write',
  summary: 'Invite somebody, who chooses name and password with the one-time token of this answer.',
  input: z.strictObject({email, role: role.default('user'), ...home}),
  output: OneTime.extend({role}),
  status: 201,
  changes: 'control',
  async run(context, input) {
    const tenantId = await homeOf(context, input.platform)
    refuseStronger(context, input.role)
    const {email: to, role: wanted} = input
    context.note({tenant: tenantOf(tenantId), resource: to, after: {email: to, role: wanted}})
    const {token, expiresAt} = await context.control.write((tx) =>
      issueOneTimeToken(context, tx, {
        purpose: 'invitation',
        tenantId,
        email: to,
        role: wanted,
        createdBy: context.principal.name,
      }),
    )
    const mailed = await mail(context, {to, subject: 'PyTake: invitation', text: invitationText(token, expiresAt)})
    return {email: to, role: wanted, token, expires_at: iso(expiresAt), mailed}
  },
})

export const editUser = platformOperation({
  id: 'users.edit',
  method: 'PUT',
  path: '/users/{id}',
  permission: 'users:write',
  summary: 'Change name, e-mail address or role of a user. What is left out stays.',
  input: one.extend({name: name.optional(), email: email.optional(), role: role.optional()}),
  output: User,
  status: 200,
  changes: 'control',
  async run(context, {id, platform, ...change}) {
    const user = await find(context, {id, platform})
    if (change.role !== undefined && change.role !== user.role) {
      refuseStronger(context, change.role)
      refuseSelf(context, user, 'take a role from')
    }
    return save(context, user, change)
  },
})

export const disableUser = platformOperation({
  id: 'users.disable',
  method: 'POST',
  path: '/users/{id}/disable',
  permission: 'users:write',
  summary: 'Disable a user: sessions end, nobody signs in as them. Servers follow within five seconds.',
  input: one,
  output: User,
  status: 200,
  changes: 'control',
  async run(context, input) {
    const user = await find(context, input)
    refuseSelf(context, user, 'disable')
    return save(context, user, {is_active: false})
  },
})

export const enableUser = platformOperation({
  id: 'users.enable',
  method: 'POST',
  path: '/users/{id}/enable',
  permission: 'users:write',
  summary: 'Let a disabled user in again.',
  input: one,
  output: User,
  status: 200,
  changes: 'control',
  run: async (context, input) => save(context, await find(context, input), {is_active: true}),
})

export const resetUserPassword = platformOperation({
  id: 'users.reset_password',
  method: 'POST',
  path: '/users/{id}/reset-password',
  permission: 'users:write',
  summary: 'Make a one-time token with which a user sets a new password.',
  input: one,
  output: OneTime,
  status: 200,
  changes: 'control',
  async run(context, input) {
    const user = await find(context, input)
    refuseStronger(context, user.role)
    context.note({tenant: tenantOf(user.tenant_id), resource: user.id})
    const {id: userId, tenant_id: tenantId, email: to} = user
    const {token, expiresAt} = await context.control.write((tx) =>
      issueOneTimeToken(context, tx, {
        purpose: 'reset',
        tenantId,
        email: to,
        userId,
        createdBy: context.principal.name,
      }),
    )
    const mailed = await mail(context, {to, subject: 'PyTake: new password', text: resetText(token, expiresAt)})
    return {email: to, token, expires_at: iso(expiresAt), mailed}
  },
})

export const userOperations = {
  listUsers,
  showUser,
  createUser,
  inviteUser,
  editUser,
  disableUser,
  enableUser,
  resetUserPassword,
}

async function homeOf(context: PlatformContext, platform: boolean): Promise<string> {
  const {principal, tenantRef} = context
  if (!platform) return (await resolveTenant(context, principal, tenantRef)).id
  if (principal.platform) return PLATFORM_TENANT
  throw new PytakeError('FORBIDDEN', 'Only the platform sees and changes users of the platform.')
}

async function find(context: PlatformContext, {id, platform}: {id: string; platform: boolean}): Promise<UserRow> {
  return findUser(context.stores.control, await homeOf(context, platform), id)
}

async function save(context: PlatformContext, user: UserRow, change: UserChange): Promise<User> {
  refuseStronger(context, user.role)
  const now = new Date(context.clock.now())
  context.note({tenant: tenantOf(user.tenant_id), resource: user.id, before: presentUser(user), after: change})
  const row = await refusingTakenEmail(
    context.control.write(async (tx) => {
      const changed = await updateUser(tx, user, change, now)
      if (change.is_active === true) await refuseUserBeyondPlan(tx, user.tenant_id)
      if (change.is_active === false) await revokeSessions(tx, {which: {user: user.id}, why: 'disabled', now})
      return changed
    }),
  )
  return presentUser(row)
}

/** Who may not do something cannot get at it through an account that may. */
function refuseStronger({principal}: PlatformContext, wanted: string): void {
  const beyond = scopesOfRole(wanted).filter((scope) => !covers(principal.scopes, scope))
  if (beyond.length === 0) return
  throw new PytakeError('FORBIDDEN', `The role ${wanted} may do more than you: ${beyond.slice(0, 5).join(', ')}.`)
}

/** So that a tenant keeps an admin: the one who does it. */
function refuseSelf({principal}: PlatformContext, user: UserRow, what: string): void {
  if (principal.user?.id !== user.id) return
  throw new PytakeError('CONFLICT', `You cannot ${what} yourself. Another admin can.`)
}

/** What could not be mailed is in the answer all the same. */
async function mail({config, log}: PlatformContext, letter: Parameters<typeof sendMail>[1]): Promise<boolean> {
  return sendMail(config, letter).catch((error: unknown) => {
    log.warn({err: error}, 'a mail could not be sent')
    return false
  })
}

const invitationText = (token: string, until: Date): string => `You are invited to PyTake.

Invitation, good until ${until.toISOString()}:

${token}

Redeem it with "pytake register --url URL --name NAME" or POST /api/v1/auth/register {"invitation": "…", "name": "…", "password": "…"}.
`

const tenantOf = (id: string): string | undefined => (id === PLATFORM_TENANT ? undefined : id)
