import {afterAll, beforeAll, expect, it} from 'vitest'
import {systemClock} from '../../src/base/clock.ts'
import {systemRandom} from '../../src/base/ids.ts'
import {callErp} from '../../src/conversations/erp-call.ts'
import {addConnection} from '../../src/erp/connections.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import {known} from '../../src/sandbox/erp/people.ts'
import {type Sandbox, startSandbox} from '../../src/sandbox/sandbox.ts'
import {toJson} from '../../src/store/columns.ts'
import type {TenantDb} from '../../src/store/stores.ts'
import {createTenant} from '../../src/tenants/lifecycle.ts'
import {credentialsFor} from '../support/erp.ts'
import {testRuntime} from '../support/server.ts'
import {onBothEngines} from '../support/stores.ts'

onBothEngines('a look-up of a flow', (place) => {
  let sandbox: Sandbox
  let runtime: Runtime
  let db: TenantDb
  let conversation: string
  let ahead = 0

  beforeAll(async () => {
    const clock = {
      ...systemClock,
      now: () => systemClock.now() + ahead,
      monotonic: () => systemClock.monotonic() + ahead,
    }
    sandbox = await startSandbox({clock: systemClock, random: systemRandom})
    runtime = {...(await testRuntime(place().env())), clock}
    const [id, contact] = [runtime.ids.next(), runtime.ids.next()]
    await createTenant(runtime, runtime.stores.control, {id, name: 'Provedor'})
    db = runtime.stores.tenant(id)
    const {apiKey} = credentialsFor.ixcsoft
    const at = {api_url: sandbox.erpUrl, allow_private_network: true, api_key: apiKey}
    await addConnection(runtime, db, {id: runtime.ids.next(), erp_type: 'ixcsoft', name: 'ixc', ...at})
    conversation = runtime.ids.next()
    const now = new Date()
    const stamps = {created_at: now, updated_at: now}
    const phone = '+5547999990001'
    await db.write(async (tx) => {
      await tx.insert('contacts', [
        {id: contact, tenant_id: id, phone, tags: [], attributes: toJson({}), opted_in: true, ...stamps},
      ])
      const where = {tenant_id: id, whatsapp_config_id: runtime.ids.next(), contact_id: contact}
      await tx.insert('conversations', [
        {id: conversation, ...where, holder: 'bot', reply_to: 'phone:1', tags: [], metadata: toJson({}), ...stamps},
      ])
    })
  })
  afterAll(async () => {
    await runtime.close()
    await sandbox.close()
  })

  const look = (operation: string, input: Record<string, string>, staleMs = 0) =>
    callErp(
      runtime,
      db,
      {
        request: {
          kind: 'erp',
          data: {connection: null, operation, input, stale_ms: staleMs},
          idempotencyKey: 'sessao.faturas.1',
          retry: true,
          timeoutMs: 5000,
        },
        conversationId: conversation,
      },
      new AbortController().signal,
    )
  const invoices = (staleMs: number) => look('invoices', {customer: '1'}, staleMs)

  it('gets, while the ERP is away, the earlier answer with its age where the flow takes one that old, and goes on without one elsewhere', async () => {
    expect(await invoices(0)).toMatchObject({outcome: 'found', data: {count: 2, stale: false}})
    sandbox.setFaults(['* *: 503'])
    ahead += 3_600_000
    const earlier = await invoices(24 * 3_600_000)
    expect(earlier).toMatchObject({outcome: 'found', data: {count: 2, stale: true}})
    const {age_seconds: age} = earlier.data as {age_seconds: number}
    expect(age).toBeGreaterThanOrEqual(3600)
    expect(age).toBeLessThan(3660)
    expect(await invoices(60_000)).toMatchObject({outcome: 'unavailable'})
    sandbox.setFaults([])
  })

  it('tells nobody who goes through the calendar that a birth date was right', async () => {
    const born = (birthDate: string) => look('customer', {document: known.blocked, birth_date: birthDate})
    const verified = async (birthDate: string) => ((await born(birthDate)).data as {verified: boolean}).verified
    for (const day of ['12', '13', '14', '15', '16']) expect(await verified(`1985-04-${day}`)).toBe(false)
    expect(await verified('1985-04-17'), 'the right one, too late').toBe(false)
    ahead += 24 * 3_600_000
    expect(await verified('1985-04-17'), 'the right one, the next day').toBe(true)
  })
})
