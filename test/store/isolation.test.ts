import {sql} from 'kysely'
import pg from 'pg'
import {afterAll, beforeAll, describe, expect, inject, it} from 'vitest'
import type {StoreOptions, Stores, TenantDb} from '../../src/store/stores.ts'
import {makePlace, type Place} from '../support/stores.ts'

const A = '0192aaaa-0000-7000-8000-00000000000a'
const B = '0192aaaa-0000-7000-8000-00000000000b'
const hex = (id: string) => id.replaceAll('-', '')
const schemaOf = (id: string) => `tenant_${hex(id)}`
const contact = (tenant: string, n: number) => ({
  id: `0192bbbb-0000-7000-8000-${String(n).padStart(12, '0')}`,
  tenant_id: tenant,
  phone: `+55119${String(n).padStart(8, '0')}`,
  name: `de ${tenant.slice(-1)}`,
})
const namesIn = (db: TenantDb) =>
  db.read(async (q) => (await q.selectFrom('contacts').select('name').orderBy('id').execute()).map(({name}) => name))
const raw = (db: TenantDb, text: string) => db.write((tx) => sql.raw(text).execute(tx.db))

describe.skipIf(!inject('postgres'))('tenants of one PostgreSQL database', () => {
  let place: Place
  let admin: pg.Client
  let stores: Stores
  let a: TenantDb
  let b: TenantDb

  beforeAll(async () => {
    place = await makePlace('postgres')
    admin = new pg.Client({connectionString: place.databaseUrl})
    await admin.connect()
    // One connection, so that every transaction comes after another one's.
    stores = await place.open({databaseMax: 1})
    a = stores.tenant(A)
    b = stores.tenant(B)
    await a.write((tx) => tx.insert('contacts', [contact(A, 1)]))
    await b.write((tx) => tx.insert('contacts', [contact(B, 1)]))
  })
  afterAll(async () => {
    await stores.close()
    await admin.end()
    await place.remove()
  })

  it.each<[string, RegExp, string]>([
    ['reads by the name of its schema', /permission denied for schema/, `SELECT * FROM ${schemaOf(B)}.contacts`],
    ['writes there', /permission denied for schema/, `UPDATE ${schemaOf(B)}.contacts SET name = 'x'`],
    ['reads the control database', /permission denied for schema/, 'SELECT * FROM pytake_control.tenants'],
    [
      'takes the role off in a second statement of one text',
      /multiple commands/,
      `SELECT 1; RESET ROLE; SELECT * FROM ${schemaOf(B)}.contacts`,
    ],
    [
      'takes the role off within the statement that reads',
      /permission denied for schema/,
      `SELECT set_config('role', 'none', true), name FROM ${schemaOf(B)}.contacts`,
    ],
    ['changes its own tables', /must be owner/, 'ALTER TABLE contacts ADD COLUMN x TEXT'],
    ['makes tables beside its own', /permission denied/, 'CREATE TABLE mine (id INTEGER)'],
  ])('one that %s is refused by the database', async (_title, refusal, text) => {
    await expect(raw(a, text)).rejects.toThrow(refusal)
    await expect(a.read((q) => sql.raw(text).execute(q))).rejects.toThrow(/permission denied|multiple|owner|read-only/)
    expect(await namesIn(b)).toEqual(['de b'])
  })

  it('one that points the search path at another finds nothing there', async () => {
    const crossing = a.write(async (tx) => {
      await sql.raw(`SET search_path TO ${schemaOf(B)}`).execute(tx.db)
      return tx.db.selectFrom('contacts').selectAll().execute()
    })
    await expect(crossing).rejects.toThrow(/relation "contacts" does not exist/)
  })

  /**
   * A whole statement of our own that takes the role off cannot be refused: a session may always go back to its user.
   * Lint refuses such words outside src/store. What the database does see to is that it ends with its transaction.
   */
  it.each([
    'RESET ROLE',
    'SET ROLE NONE',
    `SET search_path TO ${schemaOf(B)}`,
    `SELECT set_config('role', 'none', false)`,
  ])('what %s changed is over with its transaction', async (text) => {
    await raw(a, text)
    expect(await namesIn(a)).toEqual(['de a'])
    await expect(raw(a, `SELECT * FROM ${schemaOf(B)}.contacts`)).rejects.toThrow(/permission denied/)
    expect(await namesIn(b)).toEqual(['de b'])
  })

  it('one after the other on one connection, each prepared statement works on the tables of its own tenant', async () => {
    for (let n = 2; n < 12; n++) {
      await a.write((tx) => tx.insert('contacts', [contact(A, n)]))
      await b.write((tx) => tx.insert('contacts', [contact(B, n)]))
      await stores.control.write(async (tx) => tx.emit({type: 'x', at: n, data: {}}))
      await b.write((tx) => tx.update('contacts', ['id'], [{id: contact(B, n).id, email: 'b@example.com'}]))
    }
    expect(await namesIn(a)).toEqual(Array.from({length: 11}, () => 'de a'))
    expect(await namesIn(b)).toEqual(Array.from({length: 11}, () => 'de b'))
    const touched = await a.read((q) => q.selectFrom('contacts').selectAll().where('email', 'is not', null).execute())
    expect(touched).toEqual([])
  })

  it('a tenant has a role while it lives, and none after', async () => {
    const C = '0192aaaa-0000-7000-8000-00000000000c'
    await stores.migrateTenant(C)
    expect(await rolesOf(admin, C)).toHaveLength(1)
    await stores.retireTenant(C)
    expect(await rolesOf(admin, C)).toEqual([])
    await stores.retireTenant(C)
    await stores.dropTenant(C)
    expect(await rolesOf(admin, C)).toEqual([])
  })

  it('rights that are missing are given at the next opening', async () => {
    const [role] = await rolesOf(admin, A)
    await admin.query(`REVOKE ALL ON ${schemaOf(A)}.contacts FROM "${role}"`)
    await expect(namesIn(a)).rejects.toThrow(/permission denied/)
    const again = await place.open()
    expect(await namesIn(again.tenant(A))).toHaveLength(11)
    await again.close()
  })
})

const rolesOf = async (admin: pg.Client, id: string) => {
  const {rows} = await admin.query<{rolname: string}>('SELECT rolname FROM pg_roles WHERE rolname LIKE $1', [
    `pytake\\_%\\_${hex(id)}`,
  ])
  return rows.map(({rolname}) => rolname)
}

/** A database of its own, and who connects to it is no superuser. */
describe.skipIf(!inject('postgres'))('a PostgreSQL user', () => {
  const user = `pytake_test_user_${process.pid}`

  async function asUser(attributes: string, run: (open: Place['open'], admin: pg.Client) => Promise<void>) {
    const place = await makePlace('postgres')
    const admin = new pg.Client({connectionString: place.databaseUrl})
    const server = new pg.Client({connectionString: inject('postgres')})
    await Promise.all([admin.connect(), server.connect()])
    try {
      const url = new URL(place.databaseUrl ?? '')
      await admin.query(`CREATE ROLE ${user} LOGIN PASSWORD 'test' ${attributes}`)
      await admin.query(`GRANT CREATE ON DATABASE ${url.pathname.slice(1)} TO ${user}`)
      url.username = user
      url.password = 'test'
      const open = (more: Partial<StoreOptions> = {}) => place.open({...more, databaseUrl: url.href})
      await run(open, admin)
    } finally {
      await admin.end()
      await place.remove()
      await server.query(`DROP ROLE IF EXISTS ${user}`)
      await server.end()
    }
  }

  it('who may make roles needs no more than that, also for a second process and for taking them away', async () => {
    await asUser('CREATEROLE', async (open, admin) => {
      const warnings: unknown[] = []
      const log = {warn: (...said: unknown[]) => void warnings.push(said)}
      const first = await open({log})
      await first.tenant(A).write((tx) => tx.insert('contacts', [contact(A, 1)]))
      await first.migrateTenant(B)
      const second = await open({log})
      expect(await namesIn(second.tenant(A))).toEqual(['de a'])
      const who = await second.tenant(A).read((q) => sql<{who: string}>`SELECT current_user AS who`.execute(q))
      expect(who.rows).toEqual([{who: (await rolesOf(admin, A))[0]}])
      await expect(raw(second.tenant(A), `SELECT * FROM ${schemaOf(B)}.contacts`)).rejects.toThrow(/permission denied/)
      await second.close()
      for (const id of [A, B]) {
        await first.retireTenant(id)
        await first.dropTenant(id)
        expect(await rolesOf(admin, id)).toEqual([])
      }
      await first.close()
      expect(warnings).toEqual([])
    })
  })

  it('who may make none works without, and the log says so once', async () => {
    await asUser('NOCREATEROLE', async (open, admin) => {
      const warnings: unknown[][] = []
      const stores = await open({log: {warn: (...said: unknown[]) => void warnings.push(said)}})
      for (const id of [A, B]) await stores.tenant(id).write((tx) => tx.insert('contacts', [contact(id, 1)]))
      expect(await namesIn(stores.tenant(A))).toEqual(['de a'])
      expect(await rolesOf(admin, A)).toEqual([])
      expect(warnings).toEqual([
        [{reason: 'the database user lacks CREATEROLE'}, expect.stringContaining('search_path alone')],
      ])
      await stores.retireTenant(A)
      await stores.dropTenant(A)
      await stores.close()
    })
  })
})
