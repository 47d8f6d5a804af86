import {fork} from 'node:child_process'
import {once} from 'node:events'
import {join} from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import {sql} from 'kysely'
import pg from 'pg'
import {afterAll, beforeAll, describe, expect, inject, it} from 'vitest'
import type {MigrationResult} from '../../src/operations/migrations.ts'
import {createTenant} from '../../src/tenants/lifecycle.ts'
import {type Bundle, bundleChild} from '../support/chaos-server.ts'
import {oneAhead} from '../support/one-ahead.ts'
import {engines, makePlace, type Place} from '../support/stores.ts'
import {openTestRuntime} from '../support/world.ts'

/** Where the process dies, and which of control and three tenants are up to date by then. */
const kills: [string, number][] = [
  ['migrate.before_commit:1', 0],
  ['migrate.before_commit:2', 1],
  ['migrate.tenant:1', 2],
  ['migrate.tenant:3', 4],
]
const cases = engines.flatMap((engine) => kills.map(([point, done]) => ({engine, point, done})))

describe.concurrent('kill -9 in the middle of a migration', () => {
  let bundle: Bundle
  beforeAll(async () => {
    bundle = await bundleChild('migrate-child.ts')
  })
  afterAll(() => bundle.remove())

  it.for(cases)('at $point ($engine)', {timeout: 90_000}, async ({engine, point, done}, test) => {
    test.skip(engine === 'postgres' && !inject('postgres'), 'no PostgreSQL')
    const place = await makePlace(engine)
    try {
      const ids = await threeTenants(place)
      expect(await migrate(bundle, place, point)).toBe('SIGKILL')
      expect(await upToDate(place, ids)).toEqual([0, 1, 2, 3].map((n) => n < done))
      const results = await migrate(bundle, place)
      expect(results).toMatchObject(
        ['control', 'Tenant 0', 'Tenant 1', 'Tenant 2'].map((name, n) => ({
          name,
          applied: n < done ? [] : ['9999-colour'],
          error: null,
        })),
      )
      expect(await upToDate(place, ids)).toEqual([true, true, true, true])
      await expectData(place, ids)
    } finally {
      await place.remove()
    }
  })

  const person = (id: string) => ({id, tenant_id: id, phone: '+5511900000001', name: `de ${id}`})

  async function threeTenants(place: Place): Promise<string[]> {
    const runtime = await openTestRuntime(place)
    const ids = [0, 1, 2].map(() => runtime.ids.next())
    for (const [n, id] of ids.entries()) {
      await createTenant(runtime, runtime.stores.control, {id, name: `Tenant ${n}`})
      await runtime.stores.tenant(id).write(async (tx) => {
        await tx.insert('contacts', [person(id)])
        tx.emit({type: 'x', at: 1, data: {}})
      })
    }
    await runtime.close()
    return ids
  }

  /** Which of control and the tenants have what the migration adds. What it adds and its own row come together. */
  async function upToDate(place: Place, ids: readonly string[]): Promise<boolean[]> {
    const states = []
    for (const name of ['control', ...ids]) {
      const [applied, columns] = await look(place, name)
      expect(columns).toBe(applied)
      states.push(applied)
    }
    return states
  }

  async function expectData(place: Place, ids: readonly string[]): Promise<void> {
    const stores = await place.open({migrations: oneAhead})
    for (const id of ids) {
      const {rows} = await stores.tenant(id).read((q) => sql`SELECT name, colour FROM contacts`.execute(q))
      expect(rows).toEqual([{name: `de ${id}`, colour: null}])
      await stores.tenant(id).write(async (tx) => tx.emit({type: 'x', at: 2, data: {}}))
      const events = await stores.tenant(id).read((q) => q.selectFrom('events').select('seq').orderBy('seq').execute())
      expect(events.map(({seq}) => seq)).toEqual([1, 2])
    }
    await stores.close()
  }
})

/** Whether a database has the migration's row, and whether it has its column, read past the program. */
async function look({home, databaseUrl}: Place, name: string): Promise<[boolean, boolean]> {
  const table = name === 'control' ? 'tenants' : 'contacts'
  const applied = "SELECT 1 FROM migrations WHERE name = '9999-colour'"
  if (databaseUrl === undefined) {
    const file = join(home, name === 'control' ? 'control.db' : `tenants/${name}.db`)
    const db = new BetterSqlite3(file, {timeout: 5000})
    const columns = `SELECT 1 FROM pragma_table_info('${table}') WHERE name = 'colour'`
    const found = [applied, columns].map((text) => db.prepare(text).all().length === 1)
    db.close()
    return found as [boolean, boolean]
  }
  const client = new pg.Client({connectionString: databaseUrl})
  await client.connect()
  const schema = name === 'control' ? 'pytake_control' : `tenant_${name.replaceAll('-', '')}`
  await client.query(`SET search_path TO ${schema}`)
  const columns = `SELECT 1 FROM pg_attribute WHERE attrelid = '${table}'::regclass AND attname = 'colour'`
  const found = [(await client.query(applied)).rowCount === 1, (await client.query(columns)).rowCount === 1]
  await client.end()
  return found as [boolean, boolean]
}

/** How the process ended when it was killed, else what it did. */
async function migrate({path}: Bundle, place: Place, crash = ''): Promise<string | MigrationResult[]> {
  const child = fork(path, {
    env: {PATH: process.env.PATH, PYTAKE_ENV: 'test', LOG_LEVEL: 'silent', ...place.env(), PYTAKE_CRASH: crash},
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  let results: MigrationResult[] | undefined
  child.on('message', (told: MigrationResult[]) => (results = told))
  const [[code, signal]] = await Promise.all([once(child, 'exit'), once(child, 'disconnect')])
  return results ?? String(signal ?? code)
}
