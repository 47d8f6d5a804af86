import pg from 'pg'
import {describe, expect, inject, it} from 'vitest'
import {startServer} from '../../src/server.ts'
import {run} from '../support/cli.ts'
import {makePlace} from '../support/stores.ts'
import {eventually, openTestRuntime} from '../support/world.ts'

const local = {host: '127.0.0.1', port: 0, only: [], insecureWebhooks: false}

async function ready(url: string): Promise<{status: number; failing: string[]}> {
  const answer = await fetch(`${url}/health/ready`)
  const {checks} = (await answer.json()) as {checks: {name: string; ok: boolean; message?: string}[]}
  return {status: answer.status, failing: checks.filter(({ok}) => !ok).map(({name, message}) => `${name}: ${message}`)}
}

describe('GET /health/ready', () => {
  it('says that a copy sends nothing, until it is armed by another process', async () => {
    const place = await makePlace('sqlite')
    const runtime = await openTestRuntime(place)
    await runtime.stores.control.write((tx) => tx.insert('meta', [{key: 'disarmed', value: 'This is a copy.'}]))
    const server = await startServer(runtime, local)
    expect(await ready(server.url)).toEqual({
      status: 503,
      failing: ['armed: This is a copy. Nothing is sent: pytake arm'],
    })
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200)
    expect((await run(['arm', '--yes'], {env: place.env()})).exitCode).toBe(0)
    await eventually(async () => (await ready(server.url)).status === 200)
    await server.stop()
    await runtime.close()
    await place.remove()
  })

  it.skipIf(!inject('postgres'))('says that the store is gone, and is well by itself when it is back', async () => {
    const place = await makePlace('postgres')
    const runtime = await openTestRuntime(place)
    const server = await startServer(runtime, local)
    expect((await ready(server.url)).status).toBe(200)
    const admin = new pg.Client({connectionString: inject('postgres')})
    await admin.connect()
    const name = new URL(place.databaseUrl ?? '').pathname.slice(1)
    await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`)
    await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name])
    await eventually(async () => (await ready(server.url)).status === 503)
    expect((await ready(server.url)).failing).toEqual([expect.stringMatching(/^store: ./)])
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200)
    await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`)
    await eventually(async () => (await ready(server.url)).status === 200)
    await admin.end()
    await server.stop()
    await runtime.close()
    await place.remove()
  })
})
