import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, inject, it} from 'vitest'
import {columnKind} from '../../src/store/columns.ts'
import type {Engine} from '../../src/store/migration.ts'
import type {Stores} from '../../src/store/stores.ts'
import {type Catalogue, type Column, readCatalogue} from '../support/catalogue.ts'
import {makePlace, onBothEngines} from '../support/stores.ts'

const TENANT = '0192aaaa-0000-7000-8000-00000000000e'

/** Where we differ from the specification's section 4, and why. Nothing else may. */
const deviations: Record<string, {column: Partial<Column>; why: string}> = {
  'contacts.phone': {column: {nullable: true}, why: 'a WhatsApp user can hide the number'},
  'conversations.contact_phone': {column: {nullable: true}, why: 'a WhatsApp user can hide the number'},
}

/** Where the engines differ from each other beyond the types of their columns. */
const byMonth = {events: 'seq', raw_webhooks: 'id'}

interface Wanted extends Column {
  unique: boolean
  references?: string
}

/** The specification's own words. */
const specification = readFileSync(join(import.meta.dirname, '../fixtures/specification/tables.sql'), 'utf8')
const wantedTables = new Map<string, Map<string, Wanted>>()
for (const [, table = '', body = ''] of specification.matchAll(/CREATE TABLE (\w+) \(\n([^]*?)\n\);/g)) {
  const lines = body.split('\n').map((line) => line.replace(/,?\s*(--.*)?$/, '').trim())
  wantedTables.set(table, new Map(lines.map(wantedColumn)))
}
const wantedIndexes = [...specification.matchAll(/CREATE INDEX (\w+) ON (\w+)\(([^)]+)\);/g)].map(
  ([, name = '', table = '', columns = '']) => ({name, table, columns: columns.replaceAll(', ', ',')}),
)

function wantedColumn(line: string): [string, Wanted] {
  const [, name = '', type = '', rest = ''] = /^(\w+) (\w+(?:\(\d+\)|\[\])?)(.*)$/.exec(line) ?? []
  return [
    name,
    {
      type,
      nullable: !/NOT NULL|PRIMARY KEY/.test(rest),
      default: /DEFAULT (\S+)/.exec(rest)?.[1] ?? null,
      unique: / UNIQUE/.test(rest),
      references: /REFERENCES (\w+)/.exec(rest)?.[1],
    },
  ]
}

/** The specification's types and defaults as each engine writes them. */
const types: Record<Engine, (type: string) => string> = {
  postgres: (type) =>
    type === 'TIMESTAMPTZ' ? 'timestamp with time zone' : type.toLowerCase().replace(/^varchar/, 'character varying'),
  sqlite: (type) =>
    ({UUID: 'TEXT', BOOLEAN: 'INTEGER', TIMESTAMPTZ: 'INTEGER', JSONB: 'TEXT', 'TEXT[]': 'TEXT'})[type] ?? type,
}
const defaults: Record<Engine, (text: string) => RegExp> = {
  postgres: (text) => new RegExp(`^${escape(text.toLowerCase())}(::character varying)?$`),
  sqlite: (text) =>
    ({
      'gen_random_uuid()': /randomblob/,
      'NOW()': /unixepoch\('subsec'\) \* 1000/,
      true: /^1$/,
      false: /^0$/,
    })[text] ?? new RegExp(`^${escape(text)}$`),
}
const escape = (text: string) => text.replace(/[()]/g, '\\$&')

const read = async (stores: Stores) => ({
  control: await readCatalogue(stores.control),
  tenant: await (async () => {
    await stores.migrateTenant(TENANT)
    return readCatalogue(stores.tenant(TENANT))
  })(),
})

it('the specification was read whole', () => {
  expect([...wantedTables.keys()].sort()).toEqual(
    [
      'campaigns',
      'contacts',
      'conversations',
      'flow_sessions',
      'flows',
      'messages',
      'users',
      'whatsapp_configs',
    ].sort(),
  )
  expect([...wantedTables.values()].map((columns) => columns.size)).toEqual([10, 16, 12, 11, 13, 8, 13, 10])
  expect(wantedIndexes).toHaveLength(8)
})

onBothEngines("the specification's section 4", (place) => {
  let stores: Stores
  let all: Record<'control' | 'tenant', Catalogue>
  const homeOf = (table: string) => (table === 'users' ? all.control : all.tenant)

  beforeAll(async () => {
    stores = await place().open()
    all = await read(stores)
  })
  afterAll(() => stores.close())

  it.each([...wantedTables.keys()])('has table %s as it is there', (table) => {
    const {engine} = place()
    const home = homeOf(table)
    for (const [name, wanted] of wantedTables.get(table) ?? []) {
      const found = home.tables[table]?.[name]
      const deviation = deviations[`${table}.${name}`]?.column
      const expected = {...wanted, ...deviation}
      expect(found, `${table}.${name}`).toMatchObject({type: types[engine](expected.type), nullable: expected.nullable})
      if (expected.default === null) expect(found?.default, `${table}.${name}`).toBeNull()
      else expect(found?.default, `${table}.${name}`).toMatch(defaults[engine](expected.default))
      if (wanted.unique) expect(home.unique).toContain(`${table}(${name})`)
      if (wanted.references) expect(home.references).toContain(`${table}(${name}) -> ${wanted.references}`)
    }
    expect(home.keys[table]).toBe('id')
  })

  it.each(wantedIndexes)('has index $name', ({name, table, columns}) => {
    expect(homeOf(table).indexes[name]).toEqual({table, columns, unique: false, partial: false})
  })

  it('still needs every deviation that is declared', () => {
    for (const [column, {column: deviation}] of Object.entries(deviations)) {
      const [table = '', name = ''] = column.split('.')
      expect(wantedTables.get(table)?.get(name), column).not.toMatchObject(deviation)
    }
  })

  it('holds each kind of value in the type that is read back as such', () => {
    const {engine} = place()
    const wrong = Object.values(all).flatMap(({tables}) =>
      Object.entries(tables).flatMap(([table, columns]) =>
        Object.entries(columns)
          .filter(([name, {type}]) => !held[engine][columnKind(name)].test(type))
          .map(([name, {type}]) => `${table}.${name} ${type}`),
      ),
    )
    expect(wrong).toEqual([])
  })
})

const held: Record<Engine, Record<ReturnType<typeof columnKind>, RegExp>> = {
  sqlite: {time: /^INTEGER$/, boolean: /^INTEGER$/, json: /^TEXT$/, plain: /^(TEXT|INTEGER|DOUBLE PRECISION|VARCHAR)/},
  postgres: {
    time: /^timestamp with time zone$/,
    boolean: /^boolean$/,
    json: /^(jsonb|text\[\])$/,
    plain: /^(text|uuid|integer|bigint|double precision|character varying)/,
  },
}

describe.skipIf(!inject('postgres'))('both engines', () => {
  it('have the same tables, columns, keys and indexes', async () => {
    const catalogues = []
    for (const engine of ['sqlite', 'postgres'] as const) {
      const place = await makePlace(engine)
      const stores = await place.open()
      catalogues.push(await read(stores))
      await stores.close()
      await place.remove()
    }
    const [sqlite, postgres] = catalogues
    for (const database of ['control', 'tenant'] as const) {
      const [one, other] = [sqlite?.[database], postgres?.[database]]
      expect(shape(one)).toEqual(shape(other))
    }
  })
})

/** What does not depend on how an engine writes types. */
function shape(catalogue: Catalogue | undefined) {
  const {tables = {}, keys = {}, indexes, unique, references} = catalogue ?? ({} as Partial<Catalogue>)
  return {
    columns: Object.fromEntries(
      Object.entries(tables).map(([table, columns]) => [
        table,
        Object.fromEntries(
          Object.entries(columns).map(([name, {nullable, default: fallback}]) => [
            name,
            `${nullable ? 'nullable' : 'not null'}${fallback === null ? '' : ' with a default'}`,
          ]),
        ),
      ]),
    ),
    // PostgreSQL wants the month in the key of a table by month.
    keys: {...keys, ...Object.fromEntries(Object.entries(byMonth).filter(([table]) => table in keys))},
    indexes,
    unique,
    references,
  }
}
