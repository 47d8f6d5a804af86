import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, inject, it} from 'vitest'
import {openPool} from '../../src/store/postgres/pool.ts'
import {run} from '../support/cli.ts'
import {fakePostgres} from '../support/fake-postgres.ts'
import {oneAhead} from '../support/one-ahead.ts'
import {privatePostgresProblem, startPrivatePostgres} from '../support/private-postgres.ts'
import {onBothEngines} from '../support/stores.ts'

type Env = Record<string, string>

/** One sentence and perhaps the next step, no stack, and the same for scripts. */
async function expectRefusal(argv: string[], env: Env, sentence: RegExp): Promise<void> {
  const told = await run(argv, {env})
  expect(told, told.stderr).toMatchObject({exitCode: 1, stdout: ''})
  const [first, ...rest] = told.stderr.trimEnd().split('\n')
  expect(first).toMatch(sentence)
  expect(first).toMatch(/^✗ [A-Z]/)
  expect(rest.length).toBeLessThanOrEqual(1)
  expect(told.stderr).not.toMatch(/^\s+at |node_modules|\.ts:\d/m)
  const ran = await run([...argv, '--json'], {env})
  expect(ran).toMatchObject({exitCode: 1, stdout: ''})
  expect(ran.error()).toMatchObject({code: 'INTERNAL', message: expect.stringMatching(sentence)})
}

const commands = [
  ['tenant', 'list'],
  ['serve', '--port', '0'],
]

onBothEngines('data that this program must not touch', (place) => {
  const KEY = 'the key of the first day'
  const env = (more: Env = {}): Env => ({...place().env(), ENCRYPTION_KEY: KEY, LOG_LEVEL: 'silent', ...more})

  beforeAll(async () => {
    for (const name of ['Uma', 'Duas']) {
      expect((await run(['tenant', 'create', '--name', name], {env: env()})).exitCode).toBe(0)
    }
  })

  it.each(commands)('is refused with another encryption key: %s %s', async (...argv) => {
    await expectRefusal(argv, env({ENCRYPTION_KEY: 'the key of another day'}), /encryption key is not the one/)
  })

  it.each(commands)('is refused with a key that is none: %s %s', async (...argv) => {
    await expectRefusal(argv, env({ENCRYPTION_KEY: 'short'}), /ENCRYPTION_KEY is too short/)
  })

  it('is refused where one tenant is newer, and the others are served', async () => {
    const tenants = (await run(['tenant', 'list', '--json'], {env: env()})).json() as {
      data: {id: string; name: string}[]
    }
    const id = tenants.data.find(({name}) => name === 'Uma')?.id ?? ''
    const {tenant} = oneAhead
    const stores = await place().open({
      encryptionKey: KEY,
      migrations: {control: oneAhead.control.slice(0, -1), tenant},
    })
    await stores.migrateTenant(id)
    await stores.close()
    const newer = new RegExp(`Database ${id} is newer than this program \\(it has 9999-colour\\)`)
    await expectRefusal(['conversation', 'list', '-t', 'Uma'], env(), newer)
    expect((await run(['conversation', 'list', '-t', 'Duas'], {env: env()})).exitCode).toBe(0)
    expect((await run(['tenant', 'list'], {env: env()})).exitCode).toBe(0)
    const migrated = await run(['migrate', '--json'], {env: env()})
    expect(migrated.exitCode).toBe(1)
    expect(migrated.json().data).toMatchObject([
      {name: 'control', error: null},
      {name: 'Uma', error: expect.stringMatching(newer)},
      {name: 'Duas', error: null},
    ])
  })

  it.each(commands)('is refused when all of it is newer: %s %s', async (...argv) => {
    await (await place().open({encryptionKey: KEY, migrations: oneAhead})).close()
    await expectRefusal(argv, env(), /Database control is newer than this program \(it has 9999-colour\)/)
  })
})

describe('a PostgreSQL server that cannot be trusted with messages', () => {
  let home: string
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'pytake-refusal-'))
  })
  afterAll(() => rmSync(home, {recursive: true, force: true}))
  const env = (url: string): Env => ({PYTAKE_HOME: home, DATABASE_URL: url, LOG_LEVEL: 'silent'})

  it.each(commands)('is refused when it is older than 15: %s %s', async (...argv) => {
    await using server = await fakePostgres({fsync: 'on', pages: 'on', database: 'theirs', version: '140012'})
    await expectRefusal(argv, env(server.url), /PostgreSQL 15 or newer is needed; this is 14\./)
  })

  it.each(commands)('is refused when it may write half a page: %s %s', async (...argv) => {
    await using server = await fakePostgres({fsync: 'on', pages: 'off', database: 'theirs', version: '150012'})
    await expectRefusal(argv, env(server.url), /fsync or full_page_writes off/)
  })

  it.skipIf(!inject('postgres') || privatePostgresProblem())(
    'is refused when it does not sync, unless that is accepted',
    async () => {
      const server = await startPrivatePostgres(['-c', 'fsync=off'])
      try {
        for (const argv of commands) await expectRefusal(argv, env(server.url), /fsync or full_page_writes off/)
        const admin = await openPool({url: server.url, max: 1, min: 0, allowUnsafe: true})
        await admin.query('CREATE DATABASE pytake_test_unsafe')
        await admin.end()
        const ran = await run(['tenant', 'list'], {env: env(new URL('/pytake_test_unsafe', server.url).href)})
        expect(ran.exitCode, ran.stderr).toBe(0)
      } finally {
        await server.stop()
      }
    },
  )
})
