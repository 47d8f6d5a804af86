import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import pg from 'pg'
import {afterAll, beforeAll, describe, inject} from 'vitest'
import {type Clock, systemClock} from '../../src/base/clock.ts'
import {createIds, systemRandom} from '../../src/base/ids.ts'
import {silentLogger} from '../../src/observability/logger.ts'
import type {Engine} from '../../src/store/migration.ts'
import {openStores, type StoreOptions, type Stores} from '../../src/store/stores.ts'
import {dropLeftRoles} from './postgres-roles.ts'

/** Where one test file's data lives: a folder, and with PostgreSQL a database of its own. */
export interface Place {
  engine: Engine
  home: string
  databaseUrl?: string
  open(more?: Partial<StoreOptions>): Promise<Stores>
  options(more?: Partial<StoreOptions>): StoreOptions
  /** Variables that point a process of ours here. */
  env(): Record<string, string>
  remove(): Promise<void>
}

export const engines: readonly Engine[] = ['sqlite', 'postgres']

async function admin<T>(run: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({connectionString: inject('postgres')})
  await client.connect()
  try {
    return await run(client)
  } finally {
    await client.end()
  }
}

export async function makePlace(engine: Engine): Promise<Place> {
  const home = mkdtempSync(join(tmpdir(), 'pytake-test-'))
  const name = `pytake_test_${process.pid}_${systemRandom.bytes(4).toString('hex')}`
  let databaseUrl: string | undefined
  if (engine === 'postgres') {
    await admin((client) => client.query(`CREATE DATABASE ${name}`))
    const url = new URL(inject('postgres'))
    url.pathname = `/${name}`
    databaseUrl = url.href
  }
  const options = (more: Partial<StoreOptions> = {}): StoreOptions => {
    const clock: Clock = more.clock ?? systemClock
    return {
      home,
      databaseUrl,
      databaseMax: 10,
      databaseMin: 0,
      cacheMb: 64,
      log: silentLogger,
      clock,
      ids: createIds(clock),
      random: systemRandom,
      ...more,
    }
  }
  return {
    engine,
    home,
    databaseUrl,
    options,
    open: (more) => openStores(options(more)),
    env: () => ({PYTAKE_HOME: home, ...(databaseUrl ? {DATABASE_URL: databaseUrl} : {})}),
    async remove() {
      rmSync(home, {recursive: true, force: true})
      if (!databaseUrl) return
      await admin(async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
        await dropLeftRoles(client)
      })
    },
  }
}

/** Runs the same tests on SQLite and on PostgreSQL; without a server those of PostgreSQL count as skipped. */
export function onBothEngines(title: string, body: (place: () => Place) => void): void {
  for (const engine of engines) {
    describe.skipIf(engine === 'postgres' && !inject('postgres'))(`${title} (${engine})`, () => {
      let place: Place
      beforeAll(async () => {
        place = await makePlace(engine)
      })
      afterAll(() => place.remove())
      body(() => place)
    })
  }
}
