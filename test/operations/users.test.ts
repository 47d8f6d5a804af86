import {createServer, type Server} from 'node:net'
import type {AddressInfo} from 'node:net'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {listAudit} from '../../src/operations/audit.ts'
import {login} from '../../src/operations/auth.ts'
import {type Caller, invoke} from '../../src/operations/invoke.ts'
import {forgotPassword, register, resetPassword} from '../../src/operations/join.ts'
import {listTenants} from '../../src/operations/tenants.ts'
import {createTokenOperation} from '../../src/operations/tokens.ts'
import {
  createUser,
  disableUser,
  editUser,
  enableUser,
  inviteUser,
  listUsers,
  resetUserPassword,
  showUser,
} from '../../src/operations/users.ts'
import {userPrincipal} from '../../src/operations/authenticate.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import {userById} from '../../src/users/users.ts'
import {testRuntime} from '../support/server.ts'
import {addCompany, addUser, codeOf, nobody, PASSWORD, shell} from '../support/signing-in.ts'
import {onBothEngines} from '../support/stores.ts'
import {eventually} from '../support/world.ts'

onBothEngines('users', (place) => {
  let runtime: Runtime
  let tenant: string
  let now = Date.parse('2026-11-24T12:00:00Z')
  const clock = {now: () => now, monotonic: () => now, sleep: () => Promise.resolve()}
  const inTenant = () => ({...shell, tenant})
  const signIn = (email: string, password = PASSWORD) => invoke(runtime, login, {email, password}, nobody)
  const invite = async (email: string, caller: Caller = inTenant()) =>
    (await invoke(runtime, inviteUser, {email, role: 'agent'}, caller)).token
  const redeem = (invitation: string, more: object = {}) =>
    invoke(runtime, register, {invitation, name: 'Nova Pessoa', password: PASSWORD, ...more}, nobody)
  const as = async (id: string): Promise<Caller> => {
    const row = await userById(runtime.stores.control, id)
    if (!row) throw new Error('There is no such user.')
    return {principal: userPrincipal(row, runtime.ids.next())}
  }

  beforeAll(async () => {
    runtime = await testRuntime(place().env(), {clock})
    tenant = await addCompany(runtime, 'Uma', {limits: {users: 8}})
    await addCompany(runtime, 'Outra')
  })
  afterAll(() => runtime.close())

  it('have an address each, whatever its case and whatever the tenant', async () => {
    await addUser(runtime, tenant, 'Ana@Example.com', 'admin')
    expect(await codeOf(addUser(runtime, tenant, 'ana@example.com'))).toBe('CONFLICT')
    expect(await codeOf(addUser(runtime, 'Outra', 'ANA@example.com'))).toBe('CONFLICT')
    expect((await invoke(runtime, listUsers, {}, inTenant())).data.map(({email}) => email)).toEqual(['ana@example.com'])
    expect(await codeOf(invoke(runtime, showUser, {id: 'ana@example.com'}, {...shell, tenant: 'Outra'}))).toBe(
      'NOT_FOUND',
    )
  })

  it('are read on record, in the log of the tenant whose they are', async () => {
    const [ana] = (await invoke(runtime, listUsers, {role: 'admin'}, inTenant())).data
    await invoke(runtime, showUser, {id: 'ana@example.com'}, inTenant())
    await invoke(runtime, listUsers, {platform: true}, shell)
    const last = async (input: object, caller: Caller) =>
      (await invoke(runtime, listAudit, {action: 'users.', ...input}, caller)).data
    expect((await last({limit: 2}, inTenant())).reverse()).toMatchObject([
      {action: 'users.list', resource_id: null, after: {query: {role: 'admin'}, rows: [ana?.id]}},
      {action: 'users.show', resource_id: ana?.id, after: null},
    ])
    expect(await last({limit: 1, platform: true}, shell)).toMatchObject([{action: 'users.list', after: {rows: []}}])
    expect((await last({}, {...shell, tenant: 'Outra'})).map(({action}) => action)).not.toContain('users.list')
  })

  it.each([
    ['no address', {email: 'ana'}, 'VALIDATION_ERROR'],
    ['a short password', {password: 'short'}, 'VALIDATION_ERROR'],
    ['the address as password', {password: 'nova.pessoa@example.com'}, 'VALIDATION_ERROR'],
    ['one letter over and over', {password: 'aaaaaaaaaaaaaaa'}, 'VALIDATION_ERROR'],
    ['a password nobody would type', {password: 'x'.repeat(257)}, 'VALIDATION_ERROR'],
    ['a role that is none', {role: 'owner'}, 'VALIDATION_ERROR'],
    ['a tenant of their own choice', {tenant_id: '0192aaaa-0000-7000-8000-00000000000e'}, 'VALIDATION_ERROR'],
    ['a hash', {password_hash: 'x'}, 'VALIDATION_ERROR'],
    ['a blank name', {name: ' '}, 'VALIDATION_ERROR'],
  ])('are refused with %s', async (_what, wrong, code) => {
    const input = {email: 'nova.pessoa@example.com', name: 'Nova', password: PASSWORD, role: 'user' as const, ...wrong}
    expect(await codeOf(invoke(runtime, createUser, input as never, inTenant()))).toBe(code)
  })

  it('join by an invitation, once, as what they were invited for', async () => {
    const token = await invite('convidada@example.com')
    expect(JSON.stringify(await control('one_time_tokens'))).not.toContain(token)
    expect(await codeOf(redeem(token, {password: 'short'}))).toBe('VALIDATION_ERROR')
    const session = await redeem(token)
    expect(session.user).toMatchObject({email: 'convidada@example.com', role: 'agent', tenant_id: tenant})
    expect(await codeOf(redeem(token))).toBe('UNAUTHORIZED')
    expect(await codeOf(redeem('pyi_made_up'))).toBe('UNAUTHORIZED')
    expect(await codeOf(signIn('convidada@example.com'))).toBe('none')
  })

  it('join once when an invitation is redeemed many times at once, and never with one that is old or replaced', async () => {
    const token = await invite('duas@example.com')
    const codes = await Promise.all(Array.from({length: 4}, () => codeOf(redeem(token))))
    expect(codes.filter((code) => code === 'none')).toHaveLength(1)
    const first = await invite('velha@example.com')
    const second = await invite('velha@example.com')
    expect(await codeOf(redeem(first))).toBe('UNAUTHORIZED')
    now += 7 * 86_400_000
    expect(await codeOf(redeem(second))).toBe('UNAUTHORIZED')
  })

  it('are not let in by a reset token where an invitation is wanted, nor the other way round', async () => {
    const invitation = await invite('troca@example.com')
    const reset = await invoke(runtime, resetUserPassword, {id: 'ana@example.com'}, inTenant())
    expect(await codeOf(redeem(reset.token))).toBe('UNAUTHORIZED')
    const use = (token: string) => invoke(runtime, resetPassword, {token, password: 'another long one'}, nobody)
    expect(await codeOf(use(invitation))).toBe('UNAUTHORIZED')
    expect(await codeOf(signIn('ana@example.com'))).toBe('none')
  })

  it('register by themselves only where that is allowed', async () => {
    const input = {email: 'eu@example.com', name: 'Eu', password: PASSWORD, company: 'Minha Empresa'}
    expect(await codeOf(invoke(runtime, register, input, nobody))).toBe('FORBIDDEN')
    const open = {...runtime, config: {...runtime.config, registration: 'open' as const}}
    expect(await codeOf(invoke(open, register, {...input, company: undefined}, nobody))).toBe('VALIDATION_ERROR')
    const session = await invoke(open, register, input, nobody)
    expect(session.user.role).toBe('admin')
    const {data} = await invoke(runtime, listTenants, {plan: 'starter'}, shell)
    expect(data).toMatchObject([{id: session.user.tenant_id, name: 'Minha Empresa', limits: {users: 3}}])
    const again = {...input, email: 'outro@example.com'}
    expect(await codeOf(invoke(open, register, again, nobody)), 'the name is taken').toBe('CONFLICT')
    expect(await codeOf(invoke(open, register, {...input, company: 'Mais Uma'}, nobody))).toBe('CONFLICT')
    expect((await invoke(runtime, listTenants, {}, shell)).data.map(({name}) => name)).not.toContain('Mais Uma')
  })

  it('who register at the same time with one address leave one company', async () => {
    const open = {...runtime, config: {...runtime.config, registration: 'open' as const}}
    const companies = ['Gêmea A', 'Gêmea B', 'Gêmea C']
    const asked = companies.map((company) =>
      codeOf(invoke(open, register, {email: 'gemea@example.com', name: 'G', password: PASSWORD, company}, nobody)),
    )
    const codes = await Promise.all(asked)
    expect(codes.filter((code) => code === 'none')).toHaveLength(1)
    const left = (await invoke(runtime, listTenants, {limit: 100}, shell)).data
    expect(left.filter(({name}) => companies.includes(name))).toHaveLength(1)
  })

  it('get a new password by a one-time token, which ends every session', async () => {
    const user = await addUser(runtime, tenant, 'esquecida@example.com')
    const {refresh_token} = await signIn('esquecida@example.com')
    const {token, mailed} = await invoke(runtime, resetUserPassword, {id: user.id}, inTenant())
    expect(mailed).toBe(false)
    const use = (password: string) => invoke(runtime, resetPassword, {token, password}, nobody)
    expect(await codeOf(use('curta'))).toBe('VALIDATION_ERROR')
    await use('a new long password')
    expect(await codeOf(use('another long one'))).toBe('UNAUTHORIZED')
    expect(await codeOf(signIn('esquecida@example.com'))).toBe('UNAUTHORIZED')
    expect(await codeOf(signIn('esquecida@example.com', 'a new long password'))).toBe('none')
    const living = (await control('sessions')).filter((row) => row.user_id === user.id && row.revoked_at === null)
    expect(living).toHaveLength(1)
    expect(refresh_token).toMatch(/^pyr_/)
  })

  it('stay within the plan: enabling counts, whoever is disabled does not', async () => {
    const active = (await invoke(runtime, listUsers, {is_active: true, limit: 100}, inTenant())).data
    const extra = []
    for (let n = active.length; n < 8; n++) extra.push(await addUser(runtime, tenant, `n${n}@example.com`))
    await expect(addUser(runtime, tenant, 'demais@example.com')).rejects.toMatchObject({
      code: 'PLAN_LIMIT',
      message: expect.stringContaining('8 users; 8 are in use'),
      details: [{field: 'users', limit: 8, used: 8}],
    })
    const invited = await invite('demais@example.com')
    expect(await codeOf(redeem(invited))).toBe('PLAN_LIMIT')
    const [first] = extra
    if (!first) throw new Error('There was no room at all.')
    await invoke(runtime, disableUser, {id: first.id}, inTenant())
    await redeem(invited)
    expect(await codeOf(invoke(runtime, enableUser, {id: first.id}, inTenant()))).toBe('PLAN_LIMIT')
  })

  describe('one who may do less', () => {
    it('cannot make, raise, rename or reset one who may do more', async () => {
      const other = await addCompany(runtime, 'Terceira')
      const admin = await addUser(runtime, other, 'chefe@example.com', 'admin')
      const token = await invoke(
        runtime,
        createTokenOperation,
        {name: 'few', scopes: ['users:read', 'users:write']},
        {...shell, tenant: other},
      )
      const few: Caller = {
        principal: {
          kind: 'token',
          name: `token:${token.id}`,
          tenantId: other,
          platform: false,
          scopes: token.scopes,
        },
      }
      const make = {email: 'x@example.com', name: 'X', password: PASSWORD}
      expect(await codeOf(invoke(runtime, createUser, {...make, role: 'admin'}, few))).toBe('FORBIDDEN')
      expect(await codeOf(invoke(runtime, inviteUser, {email: 'x@example.com', role: 'viewer'}, few))).toBe('FORBIDDEN')
      expect(await codeOf(invoke(runtime, editUser, {id: admin.id, email: 'x@example.com'}, few))).toBe('FORBIDDEN')
      expect(await codeOf(invoke(runtime, resetUserPassword, {id: admin.id}, few))).toBe('FORBIDDEN')
      expect(await codeOf(invoke(runtime, disableUser, {id: admin.id}, few))).toBe('FORBIDDEN')
    })

    it('has no say over people of the platform, and an admin none over themself', async () => {
      const other = await addCompany(runtime, 'Quarta')
      const admin = await addUser(runtime, other, 'dona@example.com', 'admin')
      const caller = await as(admin.id)
      expect(await codeOf(invoke(runtime, listUsers, {platform: true}, caller))).toBe('FORBIDDEN')
      expect(await codeOf(invoke(runtime, disableUser, {id: admin.id}, caller))).toBe('CONFLICT')
      expect(await codeOf(invoke(runtime, editUser, {id: admin.id, role: 'viewer'}, caller))).toBe('CONFLICT')
      expect(await codeOf(invoke(runtime, listTenants, {}, caller))).toBe('none')
      const ana = await invoke(runtime, showUser, {id: 'ana@example.com'}, inTenant())
      expect(await codeOf(invoke(runtime, disableUser, {id: ana.id}, caller))).toBe('NOT_FOUND')
    })
  })

  it('of the platform act for every tenant when they are admins', async () => {
    const make = {email: 'ops@example.com', name: 'Ops', password: PASSWORD, role: 'admin' as const, platform: true}
    const user = await invoke(runtime, createUser, make, shell)
    const caller = await as(user.id)
    expect(caller.principal).toMatchObject({platform: true, tenantId: null})
    expect((await invoke(runtime, listTenants, {}, caller)).data.length).toBeGreaterThan(2)
    expect(await codeOf(invoke(runtime, listUsers, {}, {...caller, tenant: 'Uma'}))).toBe('none')
    await invoke(runtime, editUser, {id: user.id, role: 'viewer', platform: true}, shell)
    expect(await codeOf(addCompanyAs(await as(user.id)))).toBe('FORBIDDEN')
  })

  const addCompanyAs = (caller: Caller) => invoke(runtime, inviteUser, {email: 'y@example.com', platform: true}, caller)
  const control = (table: 'sessions' | 'one_time_tokens') =>
    runtime.stores.control.read((db) => db.selectFrom(table).selectAll().execute()) as Promise<
      {user_id: string | null; revoked_at?: Date | null}[]
    >

  describe('with a mail server', () => {
    let server: Server
    const mails: string[] = []
    const withMail = () => {
      const {port} = server.address() as AddressInfo
      return {...runtime, config: {...runtime.config, smtpUrl: `smtp://127.0.0.1:${port}`}}
    }

    beforeAll(async () => {
      server = mailServer((mail) => mails.push(mail))
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    })
    afterAll(() => server.close())

    it('who forgot their password get a token by mail; the answer is the same for everybody', async () => {
      const ask = (email: string) => invoke(withMail(), forgotPassword, {email}, nobody)
      const answers = [await ask('nobody@example.com'), await ask('ana@example.com')]
      expect(answers[0]).toEqual(answers[1])
      const [mail = ''] = await eventually(() => Promise.resolve(mails.length > 0 && mails))
      expect(mails).toHaveLength(1)
      expect(mail).toMatch(/^To: ana@example.com/m)
      const [token = ''] = /pyp_[\w-]{43}/.exec(mail) ?? []
      const user = await invoke(runtime, resetPassword, {token, password: 'yet another one'}, nobody)
      expect(user.email).toBe('ana@example.com')
    })

    it('and one mail, whose token stays good, however often somebody asks in their name', async () => {
      await addUser(runtime, 'Outra', 'zoe@example.com')
      const ask = (email: string) => invoke(withMail(), forgotPassword, {email}, nobody)
      const to = (address: string) => mails.filter((mail) => mail.includes(`To: ${address}`))
      mails.length = 0
      await ask('ana@example.com')
      await eventually(() => Promise.resolve(to('ana@example.com').length > 0))
      for (let n = 0; n < 5; n++) await ask('ana@example.com')
      await ask('zoe@example.com')
      await eventually(() => Promise.resolve(to('zoe@example.com').length > 0))
      const [mail = '', ...others] = to('ana@example.com')
      expect(others).toEqual([])
      const [token = ''] = /pyp_[\w-]{43}/.exec(mail) ?? []
      await invoke(runtime, resetPassword, {token, password: 'one more of them'}, nobody)
    })
  })
})

/** Takes every mail, as the simplest server there can be. */
function mailServer(onMail: (mail: string) => void): Server {
  return createServer((socket) => {
    let data: string | undefined
    socket.on('error', () => undefined)
    socket.write('220 test\r\n')
    socket.on('data', (chunk) => {
      for (const line of chunk.toString().split('\r\n').slice(0, -1)) {
        if (data !== undefined) {
          if (line !== '.') data += `${line}\n`
          else {
            onMail(data)
            data = undefined
            socket.write('250 taken\r\n')
          }
        } else if (/^DATA/i.test(line)) {
          data = ''
          socket.write('354 go on\r\n')
        } else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n')
        else socket.write('250 fine\r\n')
      }
    })
  })
}
