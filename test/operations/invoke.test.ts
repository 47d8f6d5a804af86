import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {z} from 'zod'
import type {PytakeError} from '../../src/base/errors.ts'
import {sweepKeys} from '../../src/operations/idempotency.ts'
import {invoke} from '../../src/operations/invoke.ts'
import {operation, platformOperation} from '../../src/operations/operation.ts'
import {operator, type Principal} from '../../src/operations/principal.ts'
import {operations} from '../../src/operations/registry.ts'
import {createTenantOperation, editTenantOperation, listTenants} from '../../src/operations/tenants.ts'
import {createTokenOperation} from '../../src/operations/tokens.ts'
import {setSecretOperation} from '../../src/operations/secrets.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import {testRuntime} from '../support/server.ts'
import {onBothEngines} from '../support/stores.ts'

const principal = operator('ana')
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => (error as PytakeError).code,
  )

onBothEngines('an operation', (place) => {
  let runtime: Runtime
  let tenant: string
  let now = Date.parse('2026-11-23T12:00:00Z')
  const clock = {now: () => now, monotonic: () => now, sleep: () => Promise.resolve()}

  beforeAll(async () => {
    runtime = await testRuntime(place().env(), {clock})
    tenant = (await invoke(runtime, createTenantOperation, {name: 'Uma'}, {principal, origin: '10.0.0.9'})).id
  })
  afterAll(() => runtime.close())

  const tenantAudit = () =>
    runtime.stores.tenant(tenant).read((db) => db.selectFrom('audit_log').selectAll().orderBy('id').execute())
  const controlAudit = () =>
    runtime.stores.control.read((db) => db.selectFrom('audit_log').selectAll().orderBy('id').execute())

  it('is recorded in the database of its change, with who, what and from where, and without secrets', async () => {
    expect(await controlAudit()).toMatchObject([
      {tenant_id: tenant, principal: 'cli:ana', action: 'tenants.create', resource_id: tenant, origin: '10.0.0.9'},
    ])
    await invoke(runtime, setSecretOperation, {name: 'A', value: 'hush'}, {principal, tenant})
    const rows = await tenantAudit()
    expect(rows).toMatchObject([{principal: 'cli:ana', action: 'secrets.set', resource_id: 'A'}])
    expect(JSON.stringify(rows)).not.toContain('hush')
    expect(await controlAudit()).toHaveLength(1)
  })

  it('leaves no record of what was refused', async () => {
    const before = (await controlAudit()).length
    expect(await codeOf(invoke(runtime, createTenantOperation, {name: 'Uma'}, {principal}))).toBe('CONFLICT')
    expect(await codeOf(invoke(runtime, editTenantOperation, {id: 'Ghost'}, {principal}))).toBe('NOT_FOUND')
    expect(await controlAudit()).toHaveLength(before)
    expect((await invoke(runtime, listTenants, {}, {principal})).data).toHaveLength(1)
  })

  describe('with an idempotency key', () => {
    it('is carried out once; a repeat gets the first answer, token included', async () => {
      const caller = {principal, tenant, idempotencyKey: 'once'}
      const first = await invoke(runtime, createTokenOperation, {name: 'once'}, caller)
      expect(await invoke(runtime, createTokenOperation, {name: 'once'}, caller)).toEqual(first)
      const stored = await runtime.stores.control.read((db) => db.selectFrom('idempotency_keys').selectAll().execute())
      expect(JSON.stringify(stored)).not.toContain(first.token)
    })

    it('refuses the same key for another request, and keys that are none', async () => {
      const caller = {principal, tenant, idempotencyKey: 'other'}
      await invoke(runtime, setSecretOperation, {name: 'B', value: '1'}, caller)
      const changed = invoke(runtime, setSecretOperation, {name: 'B', value: '2'}, caller)
      expect(await codeOf(changed)).toBe('CONFLICT')
      const empty = invoke(runtime, setSecretOperation, {name: 'B', value: '2'}, {...caller, idempotencyKey: 'a b'})
      expect(await codeOf(empty)).toBe('VALIDATION_ERROR')
    })

    it('is carried out once when many ask at the same time', async () => {
      const caller = {principal, idempotencyKey: 'burst'}
      const asked = Array.from({length: 5}, () => invoke(runtime, createTenantOperation, {name: 'Burst'}, caller))
      const results = await Promise.allSettled(asked)
      expect(results.some((result) => result.status === 'fulfilled')).toBe(true)
      const {data} = await invoke(runtime, listTenants, {}, {principal})
      expect(data.filter((row) => row.name === 'Burst')).toHaveLength(1)
    })

    it('tells one that is still carried out from one whose answer was lost', async () => {
      const caller = {principal, tenant, idempotencyKey: 'slow'}
      const set = () => invoke(runtime, setSecretOperation, {name: 'C', value: '1'}, caller)
      await set()
      await runtime.stores
        .tenant(tenant)
        .write((tx) => tx.db.updateTable('idempotency_keys').set({status: 0, response: ''}).execute())
      await expect(set()).rejects.toMatchObject({code: 'CONFLICT', help: expect.stringContaining('same key again')})
      now += 61_000
      await expect(set()).rejects.toMatchObject({code: 'CONFLICT', help: expect.stringContaining('do not repeat')})
    })

    it('forgets a request that failed, and one that is a day old', async () => {
      const caller = {principal, tenant, idempotencyKey: 'again'}
      let fails = true
      const flaky = operation({
        id: 'test.flaky',
        method: 'POST',
        path: '/flaky',
        permission: 'secrets:write',
        summary: 'Fails once.',
        input: z.strictObject({}),
        output: z.object({at: z.number()}),
        status: 200,
        run: async ({tenant: db}) => {
          await db.write(async () => {
            if (fails) throw new Error('disk on fire')
          })
          return {at: now}
        },
      })
      expect(await codeOf(invoke(runtime, flaky, {}, caller))).toBe('INTERNAL')
      fails = false
      const first = await invoke(runtime, flaky, {}, caller)
      now += 1000
      expect(await invoke(runtime, flaky, {}, caller)).toEqual(first)
      now += 24 * 3_600_000
      expect(await invoke(runtime, flaky, {}, caller)).toEqual({at: now})
      now += 24 * 3_600_000
      await sweepKeys(runtime.stores.tenant(tenant), now)
      const left = runtime.stores.tenant(tenant).read((db) => db.selectFrom('idempotency_keys').selectAll().execute())
      expect(await left).toEqual([])
    })
  })

  it('asks for its permission before it looks at anything', async () => {
    const nobody: Principal = {kind: 'token', name: 'token:x', tenantId: tenant, platform: false, scopes: []}
    for (const one of Object.values(operations)) {
      if (one.permission === 'nobody' || one.permission === 'somebody') continue
      expect(await codeOf(invoke(runtime, one, {}, {principal: nobody})), one.id).toBe('FORBIDDEN')
    }
  })

  it('answers what its output says', async () => {
    const page = await invoke(runtime, listTenants, {count: 'true', limit: '1'}, {principal})
    expect(listTenants.output.safeParse(page).error).toBeUndefined()
    const tenants = (await invoke(runtime, listTenants, {}, {principal})).data
    for (const one of tenants) expect(createTenantOperation.output.safeParse(one).error).toBeUndefined()
  })

  it('pages by number and by cursor through rows made in the same millisecond', async () => {
    const names = Array.from({length: 5}, (_, i) => `Seite ${i}`)
    for (const name of names) await invoke(runtime, createTenantOperation, {name}, {principal})
    const seen: string[] = []
    let after: string | undefined
    do {
      const answer = await invoke(runtime, listTenants, {limit: 2, sort: 'created_at', after}, {principal})
      seen.push(...answer.data.map((row) => row.name))
      after = answer.page.after ?? undefined
    } while (after !== undefined)
    const all = (await invoke(runtime, listTenants, {limit: 100}, {principal})).data.map((row) => row.name)
    expect(seen).toEqual(all)
    const second = await invoke(runtime, listTenants, {limit: 2, page: 2}, {principal})
    expect(second.data.map((row) => row.name)).toEqual(all.slice(2, 4))
    expect(second.page).toMatchObject({page: 2, total: all.length, has_more: true})
    const reversed = await invoke(runtime, listTenants, {limit: 100, order: 'asc', sort: 'name'}, {principal})
    expect(reversed.data.map((row) => row.name)).toEqual([...all].sort())
  })

  it('turns what nobody foresaw into one sentence, and the log gets the rest', async () => {
    const broken = platformOperation({
      id: 'test.broken',
      method: 'GET',
      path: '/broken',
      permission: 'tenants:read',
      summary: 'Breaks.',
      input: z.strictObject({}),
      output: z.null(),
      status: 200,
      run: () => Promise.reject(new TypeError('x is not a function')),
    })
    await expect(invoke(runtime, broken, {}, {principal})).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.not.stringContaining('x is not'),
    })
  })
})

it('every operation has an address of its own, and names what its path holds', () => {
  const all = Object.values(operations)
  expect(new Set(all.map((one) => one.id)).size).toBe(all.length)
  expect(new Set(all.map((one) => `${one.method} ${one.path}`)).size).toBe(all.length)
  for (const one of all) {
    expect(one.summary, one.id).toMatch(/[.?]$/)
    expect(one.status === 204, one.id).toBe(one.method === 'DELETE')
  }
})
