import {readdirSync} from 'node:fs'
import {sql} from 'kysely'
import pg from 'pg'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {parseConfig} from '../../src/base/config.ts'
import {type MigrationResult, rehearseAll} from '../../src/operations/migrations.ts'
import {openRuntime, type Runtime} from '../../src/runtime/runtime.ts'
import {controlMigrations, tenantMigrations} from '../../src/store/migrations/list.ts'
import type {ControlDb, Stores, TenantDb} from '../../src/store/stores.ts'
import {createTenant} from '../../src/tenants/lifecycle.ts'
import {run} from '../support/cli.ts'
import {oneAhead} from '../support/one-ahead.ts'
import {makePlace, onBothEngines, type Place} from '../support/stores.ts'

const namesOf = (migrations: readonly {name: string}[]) => migrations.map(({name}) => name)
const configOf = (place: Place) => parseConfig({...place.env(), LOG_LEVEL: 'silent'})

const appliedIn = async (db: ControlDb | TenantDb): Promise<string[]> => {
  const read = (db as ControlDb).read.bind(db)
  const {rows} = await read((q) => sql<{name: string}>`SELECT name FROM migrations ORDER BY name`.execute(q))
  return rows.map(({name}) => name)
}

onBothEngines('databases one migration behind', (place) => {
  let runtime: Runtime
  const ids: string[] = []
  const person = (n: number, email: string) => ({
    id: `0192bbbb-0000-7000-8000-00000000000${n}`,
    tenant_id: ids[1] ?? '',
    phone: `+551190000000${n}`,
    email,
  })

  beforeAll(async () => {
    runtime = await openRuntime({config: configOf(place())})
    for (const name of ['Uma', 'Duas']) {
      const id = runtime.ids.next()
      ids.push(id)
      await createTenant(runtime, runtime.stores.control, {id, name})
    }
  })
  afterAll(() => runtime.close())

  const rehearse = () => rehearseAll({config: configOf(place()), migrations: oneAhead}, () => undefined)
  const tenant = (n: number) => runtime.stores.tenant(ids[n] ?? '')

  it('are tried on copies, control first, and stay as they are', async () => {
    const told: [string, number][] = []
    const results = await rehearseAll({config: configOf(place()), migrations: oneAhead}, ({name}, total) => {
      told.push([name, total])
    })
    expect(told).toEqual([
      ['control', 3],
      ['Uma', 3],
      ['Duas', 3],
    ])
    expect(results).toEqual<MigrationResult[]>([
      {tenant_id: null, name: 'control', applied: ['9999-colour'], error: null},
      {tenant_id: ids[0] ?? '', name: 'Uma', applied: ['9999-colour'], error: null},
      {tenant_id: ids[1] ?? '', name: 'Duas', applied: ['9999-colour'], error: null},
    ])
    expect(await appliedIn(runtime.stores.control)).toEqual(namesOf(controlMigrations))
    for (const db of [tenant(0), tenant(1)]) expect(await appliedIn(db)).toEqual(namesOf(tenantMigrations))
    expect(await tenant(0).read((q) => q.selectFrom('contacts').selectAll().execute())).toEqual([])
  })

  it('are tried with their rows: what only these would break is found', async () => {
    await tenant(1).write((tx) => tx.insert('contacts', [person(1, 'a@example.com'), person(2, 'a@example.com')]))
    const [control, one, two] = await rehearse()
    expect([control?.error, one?.error]).toEqual([null, null])
    expect(two?.error).toMatch(/unique/i)
    expect(await appliedIn(tenant(1))).toEqual(namesOf(tenantMigrations))
    await tenant(1).write((tx) => tx.update('contacts', ['id'], [person(2, 'b@example.com')]))
  })

  it('leave no copy behind', async () => {
    if (place().engine === 'sqlite') {
      expect(readdirSync(place().home).filter((name) => /copy|rehearsal/.test(name))).toEqual([])
      return
    }
    const {rows} = await runtime.stores.control.read((q) =>
      sql`SELECT nspname FROM pg_namespace WHERE nspname LIKE 'rehearsal%'`.execute(q),
    )
    expect(rows).toEqual([])
  })

  it('are rehearsed by one process at a time', async () => {
    if (place().engine === 'sqlite') {
      // Each rehearsal has a folder of its own.
      expect((await Promise.all([rehearse(), rehearse()])).flat().filter(({error}) => error !== null)).toEqual([])
      return
    }
    const other = new pg.Client({connectionString: place().databaseUrl})
    await other.connect()
    await other.query(`CREATE SCHEMA rehearsal_control; CREATE TABLE rehearsal_control.theirs (id INTEGER);
      SELECT pg_advisory_lock(hashtext('rehearsal'), hashtext('rehearsal_control'))`)
    await expect(rehearse()).rejects.toThrow('Another process is rehearsing the migration of control.')
    expect((await other.query('SELECT * FROM rehearsal_control.theirs')).rows).toEqual([])
    // What a rehearsal that died left behind is in nobody's way.
    await other.end()
    expect((await rehearse())[0]).toMatchObject({name: 'control', error: null})
  })

  it('are migrated once by two programs that start together', async () => {
    const started = await Promise.all([place().open({migrations: oneAhead}), place().open({migrations: oneAhead})])
    expect(started.map(({controlMigrated}) => controlMigrated.applied).flat()).toEqual(['9999-colour'])
    for (const id of ids) {
      const reports = await Promise.all(started.map((stores: Stores) => stores.migrateTenant(id)))
      expect(reports.map(({applied}) => applied).flat()).toEqual(['9999-colour'])
    }
    for (const stores of started) await stores.close()
    expect((await rehearse()).map(({applied}) => applied)).toEqual([[], [], []])
  })

  it('are refused, rehearsal or not, by a program that is older', async () => {
    for (const argv of [['migrate'], ['migrate', '--check']]) {
      const ran = await run(argv, {env: place().env()})
      expect(ran).toMatchObject({exitCode: 1, stdout: ''})
      expect(ran.stderr).toMatch(/Database control is newer than this program \(it has 9999-colour\)/)
    }
  })
})

onBothEngines('a queue that an earlier version filled', (place) => {
  const TENANT = '0192bbbb-0000-7000-8000-0000000000aa'
  const before = tenantMigrations.slice(0, namesOf(tenantMigrations).indexOf('0008-lean-queue'))
  const at = new Date(1_700_000_000_000)
  const id = (n: number) => `0192bbbb-0000-7000-8000-0000000001${n}0`
  const waiting = (n: number, state: string) => ({
    ...{id: id(n), config_id: id(8), conversation_id: id(9), contact_id: id(7), recipient: `phone:${n}`, state},
    ...{priority: 1, purpose: 'reply', attempts: n, attempt_id: null, epoch: null, reason: 'a "reason"'},
    ...{due_at: at, expires_at: at, sending_at: null, created_at: at},
  })
  const rows = [waiting(1, 'queued'), waiting(2, 'sending'), waiting(3, 'unknown')]

  it('goes on as it was', async () => {
    const earlier = await place().open({migrations: {control: controlMigrations, tenant: before}})
    await earlier.migrateTenant(TENANT)
    await earlier.tenant(TENANT).write(async (tx) => {
      await tx.insert('contacts', [{id: id(7), tenant_id: TENANT}])
      const conversation = {id: id(9), tenant_id: TENANT, whatsapp_config_id: id(8), contact_id: id(7)}
      await tx.insert('conversations', [{...conversation, holder: 'bot', reply_to: 'phone:1'}])
      const message = {conversation_id: id(9), whatsapp_config_id: id(8), contact_id: id(7)}
      const sides = {direction: 'outbound', type: 'text'}
      await tx.insert(
        'messages',
        rows.map((row) => ({id: row.id, ...message, ...sides, created_at: at})),
      )
      await tx.insert('outbox', rows)
    })
    await earlier.close()

    const stores = await place().open()
    const {applied} = await stores.migrateTenant(TENANT)
    expect(applied).toContain('0008-lean-queue')
    const kept = await stores.tenant(TENANT).read((q) => q.selectFrom('outbox').selectAll().orderBy('id').execute())
    expect(kept).toEqual(rows)
    await expect(stores.tenant(TENANT).write((tx) => tx.insert('outbox', rows.slice(0, 1)))).rejects.toThrow()
    await stores.close()
  })
})

describe('pytake migrate --check', () => {
  it('makes nothing where nothing is yet', async () => {
    const place = await makePlace('sqlite')
    try {
      const ran = await run(['migrate', '--check', '--json'], {env: place.env()})
      expect(ran.exitCode, ran.stderr).toBe(0)
      expect(ran.json().data).toEqual([
        {tenant_id: null, name: 'control', applied: namesOf(controlMigrations), error: null},
      ])
      expect(readdirSync(place.home)).toEqual([])
    } finally {
      await place.remove()
    }
  })
})
