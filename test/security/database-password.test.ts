import pino from 'pino'
import pg from 'pg'
import {afterAll, beforeAll, describe, expect, inject, it} from 'vitest'
import {operations} from '../../src/operations/registry.ts'
import {startServer, type Server} from '../../src/server.ts'
import {invoke} from '../../src/operations/invoke.ts'
import {createTokenOperation} from '../../src/operations/tokens.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import {run} from '../support/cli.ts'
import {testRuntime} from '../support/server.ts'
import {addCompany, shell} from '../support/signing-in.ts'
import {makePlace, type Place} from '../support/stores.ts'

/** A server that asks for a password has to get its own; one that does not takes any. */
const ownPassword = new URL(inject('postgres') ?? 'postgres://nobody').password
const canary = ownPassword === '' ? 'canary-database-3f9a7c' : ownPassword
const isTelling = canary.length >= 12

function withPassword(address: string, change: (url: URL) => void = () => {}): string {
  const url = new URL(address)
  url.password = canary
  change(url)
  return url.href
}

const expectNone = (text: string, where: string) =>
  expect(text.includes(canary), `the password in ${where}`).toBe(false)

describe.skipIf(!inject('postgres') || !isTelling)('the password in DATABASE_URL', () => {
  let place: Place
  let runtime: Runtime
  let server: Server
  let token: string
  let env: Record<string, string>
  const logged: string[] = []

  beforeAll(async () => {
    place = await makePlace('postgres')
    env = {...place.env(), DATABASE_URL: withPassword(place.databaseUrl ?? ''), LOG_LEVEL: 'trace'}
    const log = pino({level: 'trace'}, {write: (line: string) => void logged.push(line)})
    runtime = await testRuntime(env, {log})
    const tenant = await addCompany(runtime, 'Uma')
    token = (await invoke(runtime, createTokenOperation, {name: 'a'}, {...shell, tenant})).token
    server = await startServer(runtime, {host: '127.0.0.1', port: 0, only: [], insecureWebhooks: false})
  })
  afterAll(async () => {
    await server.stop()
    await runtime.close()
    expectNone(logged.join('\n'), 'the log')
    await place.remove()
  })

  const addresses = [
    ...Object.values(operations).flatMap(({method, path}) =>
      method === 'GET' ? [`/api/v1${path.replace(/\{\w+\}/g, 'x')}`] : [],
    ),
    ...['/health/ready', '/metrics', '/openapi.json'],
  ]
  const askAll = async () => {
    const statuses = new Set<number>()
    for (const address of addresses) {
      const answer = await fetch(`${server.url}${address}`, {headers: {authorization: `Bearer ${token}`}})
      statuses.add(answer.status)
      expectNone(await answer.text(), address)
    }
    return statuses
  }

  it('is in no answer and no command', async () => {
    expect(await askAll()).toContain(200)
    const commands = [
      ['tenant', 'list', '--json'],
      ['audit', '--platform', '--json'],
      ['context', 'list'],
      ['migrate', '--check'],
    ]
    for (const argv of commands) {
      const {exitCode, stdout, stderr} = await run(argv, {env})
      expect(exitCode, `${argv.join(' ')} ${stderr}`).toBe(0)
      expectNone(stdout + stderr, argv.join(' '))
    }
  })

  it.each<[string, () => string]>([
    ['a database that is not there', () => withPassword(env.DATABASE_URL ?? '', (url) => (url.pathname = '/nowhere'))],
    ['a port where nobody listens', () => withPassword(env.DATABASE_URL ?? '', (url) => (url.port = '9'))],
    ['a host that is none', () => withPassword(env.DATABASE_URL ?? '', (url) => (url.hostname = 'nowhere.invalid'))],
    ['an address that is none', () => `postgres://pytake:${canary}@127.0.0.1:port/x`],
    ['another kind of address', () => `mysql://pytake:${canary}@127.0.0.1/x`],
    ['no address', () => `pytake:${canary}`],
  ])('is not told with %s', async (_, address) => {
    for (const argv of [
      ['tenant', 'list'],
      ['tenant', 'list', '--json'],
      ['serve', '--port', '0'],
    ]) {
      const {exitCode, stdout, stderr} = await run(argv, {env: {...env, DATABASE_URL: address()}})
      expect(exitCode).not.toBe(0)
      expect(stderr.length).toBeGreaterThan(10)
      expectNone(stdout + stderr, argv.join(' '))
    }
  })

  it('is not told while the database is gone', async () => {
    const admin = new pg.Client({connectionString: inject('postgres')})
    await admin.connect()
    await admin.query(`DROP DATABASE "${new URL(env.DATABASE_URL ?? '').pathname.slice(1)}" WITH (FORCE)`)
    await admin.end()
    expect(await askAll()).toContain(503)
    expect(logged.length).toBeGreaterThan(10)
    expectNone(logged.join('\n'), 'the log')
  })
})
