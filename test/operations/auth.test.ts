import {createHmac} from 'node:crypto'
import {decodeJwt, exportSPKI, generateKeyPair, SignJWT} from 'jose'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {login, logout, me, refresh} from '../../src/operations/auth.ts'
import {createAuthenticate} from '../../src/operations/authenticate.ts'
import {invoke} from '../../src/operations/invoke.ts'
import {editTenantOperation, suspendTenant} from '../../src/operations/tenants.ts'
import {disableUser, editUser} from '../../src/operations/users.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import {makeSigningKey, signingKeys} from '../../src/users/signing-keys.ts'
import {testRuntime} from '../support/server.ts'
import {addCompany, addUser, codeOf, nobody, PASSWORD, shell} from '../support/signing-in.ts'
import {onBothEngines} from '../support/stores.ts'

onBothEngines('signing in', (place) => {
  let runtime: Runtime
  let tenant: string
  let now = Date.parse('2026-11-24T12:00:00Z')
  const clock = {now: () => now, monotonic: () => now, sleep: () => Promise.resolve()}
  const authenticate = (token: string) => createAuthenticate(runtime)(token)
  const signIn = (email: string, password = PASSWORD) => invoke(runtime, login, {email, password}, nobody)
  const renew = (token: string) => invoke(runtime, refresh, {refresh_token: token}, nobody)

  beforeAll(async () => {
    runtime = await testRuntime(place().env(), {clock})
    tenant = await addCompany(runtime, 'Uma')
    await addUser(runtime, tenant, 'ana@example.com', 'admin')
  })
  afterAll(() => runtime.close())

  it('answers tokens whose claims are those of the specification, and notes the time', async () => {
    const session = await signIn('Ana@Example.com ')
    const {email, role, tenant_id, exp = 0, iat = 0, sub, sid} = decodeJwt(session.access_token)
    expect({email, role, tenant_id, sub}).toEqual({
      email: 'ana@example.com',
      role: 'admin',
      tenant_id: tenant,
      sub: session.user.id,
    })
    expect(exp - iat).toBe(86_400)
    expect(session).toMatchObject({expires_in: 86_400, refresh_expires_in: 604_800})
    expect(session.user.last_login).toBe(new Date(now).toISOString())
    expect(await authenticate(session.access_token)).toMatchObject({
      kind: 'user',
      tenantId: tenant,
      platform: false,
      user: {id: sub, sessionId: sid},
    })
    expect(login.output.safeParse(session).error).toBeUndefined()
  })

  it('keeps neither password nor tokens where they could be read', async () => {
    const session = await signIn('ana@example.com')
    const rows = await runtime.stores.control.read(async (db) => [
      await db.selectFrom('users').selectAll().execute(),
      await db.selectFrom('refresh_tokens').selectAll().execute(),
      await db.selectFrom('signing_keys').selectAll().execute(),
      await db.selectFrom('audit_log').selectAll().execute(),
    ])
    const text = JSON.stringify(rows)
    for (const secret of [PASSWORD, session.access_token, session.refresh_token, 'PRIVATE KEY']) {
      expect(text).not.toContain(secret)
    }
    expect(text).toContain('$argon2id$v=19$m=19456,t=2,p=1$')
  })

  it('says the same of a wrong password, of nobody, and of who is disabled', async () => {
    await addUser(runtime, tenant, 'gone@example.com')
    await invoke(runtime, disableUser, {id: 'gone@example.com'}, {...shell, tenant})
    const answers = await Promise.all(
      [signIn('ana@example.com', 'wrong password'), signIn('no@example.com'), signIn('gone@example.com')].map((work) =>
        work.catch((error: unknown) => {
          const {code, message, details} = error as {code: string; message: string; details: unknown}
          return JSON.stringify({code, message, details})
        }),
      ),
    )
    expect(new Set(answers).size).toBe(1)
    expect(answers[0]).toContain('UNAUTHORIZED')
  })

  it('makes whoever guesses wait longer and longer, real account or not, and lets others in', async () => {
    await addUser(runtime, tenant, 'bea@example.com')
    for (const email of ['bea@example.com', 'ghost@example.com']) {
      const guesses = await Promise.all(Array.from({length: 12}, () => codeOf(signIn(email, 'wrong password'))))
      expect(
        guesses.filter((code) => code === 'UNAUTHORIZED'),
        email,
      ).toHaveLength(5)
      expect(
        guesses.filter((code) => code === 'RATE_LIMITED'),
        email,
      ).toHaveLength(7)
      now += 15_000
      expect(await codeOf(signIn(email, 'wrong password'))).toBe('UNAUTHORIZED')
      now += 15_000
      expect(await codeOf(signIn(email)), 'even with the right one').toBe('RATE_LIMITED')
    }
    const elsewhere = {...nobody, origin: '10.0.0.10'}
    const there = invoke(runtime, login, {email: 'bea@example.com', password: PASSWORD}, elsewhere)
    expect(await codeOf(there)).toBe('none')
    now += 30_000
    expect(await codeOf(signIn('bea@example.com'))).toBe('none')
    expect(await codeOf(signIn('bea@example.com', 'wrong password')), 'and begins anew').toBe('UNAUTHORIZED')
    expect(await codeOf(signIn('bea@example.com'))).toBe('none')
  })

  it('makes a new hash when the parameters are not those of today', async () => {
    const old = '$argon2id$v=19$m=4096,t=1,p=1$xFYr2HTZgUdQrfHq92CSow$+'
    const {hash} = await import('@node-rs/argon2')
    const weak = await hash(PASSWORD, {memoryCost: 4096, timeCost: 1, parallelism: 1})
    expect(weak.startsWith(old.slice(0, 30))).toBe(true)
    const user = await addUser(runtime, tenant, 'old@example.com')
    await runtime.stores.control.write((tx) => tx.update('users', ['id'], [{id: user.id, password_hash: weak}]))
    await signIn('old@example.com')
    const row = await runtime.stores.control.read((db) =>
      db.selectFrom('users').select('password_hash').where('id', '=', user.id).executeTakeFirstOrThrow(),
    )
    expect(row.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(await codeOf(signIn('old@example.com'))).toBe('none')
  })

  describe('a refresh token', () => {
    it('is good once; a second use ends the session and everything that came of it', async () => {
      const first = await signIn('ana@example.com')
      const second = await renew(first.refresh_token)
      const third = await renew(second.refresh_token)
      expect(await authenticate(third.access_token)).toBeDefined()
      expect(await codeOf(renew(first.refresh_token))).toBe('UNAUTHORIZED')
      expect(await codeOf(renew(third.refresh_token))).toBe('UNAUTHORIZED')
      expect(await authenticate(third.access_token)).toBeUndefined()
    })

    it('is taken by one of many who ask at once, and then by none', async () => {
      const {refresh_token} = await signIn('ana@example.com')
      const asked = await Promise.allSettled(Array.from({length: 5}, () => renew(refresh_token)))
      const good = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
      expect(good.length).toBeLessThanOrEqual(1)
      for (const one of good) expect(await codeOf(renew(one.refresh_token))).toBe('UNAUTHORIZED')
    })

    it('is over after seven days without use, and each use begins them anew', async () => {
      let {refresh_token} = await signIn('ana@example.com')
      for (let week = 0; week < 2; week++) {
        now += 6 * 86_400_000
        refresh_token = (await renew(refresh_token)).refresh_token
      }
      now += 7 * 86_400_000
      expect(await codeOf(renew(refresh_token))).toBe('UNAUTHORIZED')
      expect(await codeOf(renew('pyr_made_up'))).toBe('UNAUTHORIZED')
    })
  })

  it('is over when the time is, when one signs out, and when the account is disabled', async () => {
    const expired = await signIn('ana@example.com')
    const known = createAuthenticate(runtime)
    expect(await known(expired.access_token)).toBeDefined()
    now += 86_400_000
    expect(await known(expired.access_token)).toBeUndefined()
    const one = await signIn('ana@example.com')
    const two = await signIn('ana@example.com')
    const principal = await authenticate(one.access_token)
    if (!principal) throw new Error('It is not valid.')
    expect((await invoke(runtime, me, {}, {principal})).user?.email).toBe('ana@example.com')
    await invoke(runtime, logout, {}, {principal})
    expect(await authenticate(one.access_token)).toBeUndefined()
    expect(await authenticate(two.access_token)).toBeDefined()
    const other = await addUser(runtime, tenant, 'eva@example.com')
    const third = await signIn('eva@example.com')
    await invoke(runtime, disableUser, {id: other.id}, {...shell, tenant})
    expect(await authenticate(third.access_token)).toBeUndefined()
    expect(await codeOf(renew(third.refresh_token))).toBe('UNAUTHORIZED')
  })

  it('gives what the role allows now, not what it did when the token was made', async () => {
    const user = await addUser(runtime, tenant, 'lia@example.com', 'admin')
    const {access_token} = await signIn('lia@example.com')
    await invoke(runtime, editUser, {id: user.id, role: 'viewer'}, {...shell, tenant})
    const principal = await authenticate(access_token)
    if (!principal) throw new Error('It is not valid.')
    const answer = invoke(runtime, editTenantOperation, {id: tenant, name: 'Minha'}, {principal})
    expect(await codeOf(answer)).toBe('FORBIDDEN')
  })

  it('is refused to people of a suspended tenant', async () => {
    const other = await addCompany(runtime, 'Parada')
    await addUser(runtime, other, 'paulo@example.com')
    await invoke(runtime, suspendTenant, {id: other}, shell)
    expect(await codeOf(signIn('paulo@example.com'))).toBe('FORBIDDEN')
    expect(await codeOf(signIn('paulo@example.com', 'wrong password'))).toBe('UNAUTHORIZED')
  })

  describe('a forged token', () => {
    const forge = async (how: (claims: Record<string, unknown>, kid: string, publicPem: string) => Promise<string>) => {
      const {access_token} = await signIn('ana@example.com')
      const [key] = await signingKeys(runtime)
      if (!key) throw new Error('No key.')
      expect(await authenticate(access_token)).toBeDefined()
      return authenticate(await how(decodeJwt(access_token), key.kid, await exportSPKI(key.publicKey)))
    }
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

    it.each<[string, Parameters<typeof forge>[0]]>([
      ['alg none', (claims, kid) => Promise.resolve(`${encode({alg: 'none', kid})}.${encode(claims)}.x`)],
      [
        'HS256 with the public key',
        (claims, kid, pem) => {
          const body = `${encode({alg: 'HS256', kid})}.${encode(claims)}`
          return Promise.resolve(`${body}.${createHmac('sha256', pem).update(body).digest('base64url')}`)
        },
      ],
      [
        'another key under our kid',
        async (claims, kid) => {
          const {privateKey} = await generateKeyPair('RS256')
          return new SignJWT(claims).setProtectedHeader({alg: 'RS256', kid}).sign(privateKey)
        },
      ],
      [
        'a kid that nobody has',
        async (claims) => {
          const {privateKey} = await generateKeyPair('RS256')
          return new SignJWT(claims).setProtectedHeader({alg: 'RS256', kid: '../../etc/passwd'}).sign(privateKey)
        },
      ],
      [
        'a key in its own header',
        async (claims, kid) => {
          const {privateKey, publicKey} = await generateKeyPair('RS256')
          const {exportJWK} = await import('jose')
          const header = {alg: 'RS256', kid, jwk: await exportJWK(publicKey)}
          return new SignJWT(claims).setProtectedHeader(header).sign(privateKey)
        },
      ],
    ])('with %s is nobody', async (_what, how) => {
      expect(await forge(how)).toBeUndefined()
    })

    it('with claims that were changed is nobody', async () => {
      const {access_token} = await signIn('ana@example.com')
      const [header, , signature] = access_token.split('.')
      const claims = {...decodeJwt(access_token), tenant_id: 'other', role: 'admin'}
      expect(await authenticate(`${header}.${encode(claims)}.${signature}`)).toBeUndefined()
    })
  })

  it('goes on with old keys when a new one signs', async () => {
    const before = await signIn('ana@example.com')
    const kid = await makeSigningKey(runtime)
    const after = await signIn('ana@example.com')
    expect(JSON.parse(Buffer.from(after.access_token.split('.')[0] ?? '', 'base64url').toString())).toMatchObject({kid})
    expect(await authenticate(before.access_token)).toBeDefined()
    expect(await authenticate(after.access_token)).toBeDefined()
  })
})
