import pg from 'pg'
import type {TestProject} from 'vitest/node'
import {dropLeftRoles} from './postgres-roles.ts'
import {startPrivatePostgres} from './private-postgres.ts'

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
    const server = await startPrivatePostgres(['-c', 'max_connections=200'])
    project.provide('postgres', server.url)
    return server.stop
  } catch (error) {
    console.error(
      `\n!!! NO POSTGRESQL: every PostgreSQL test is SKIPPED (${error instanceof Error ? error.message : String(error)})\n`,
    )
    project.provide('postgres', '')
  }
}
