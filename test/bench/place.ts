import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import pg from 'pg'
import {parseConfig} from '../../src/base/config.ts'
import {addConfig} from '../../src/channels/accounts.ts'
import {applyFlows} from '../../src/deploy/apply.ts'
import {loadFlow} from '../../src/flow/definition.ts'
import {openRuntime, type Runtime} from '../../src/runtime/runtime.ts'
import type {TenantDb} from '../../src/store/stores.ts'
import {createTenant} from '../../src/tenants/lifecycle.ts'
import type {Engine} from '../../src/store/migration.ts'
import {dropLeftRoles} from '../support/postgres-roles.ts'
import {APP_SECRET, numberId, TOKEN, WABA} from './names.ts'

/** A data folder, or a database on a PostgreSQL server that keeps what it acknowledges. */
export interface Place {
  readonly engine: Engine
  readonly env: Record<string, string>
  /** Opens it in this process, for filling it and for looking. */
  open(): Promise<Runtime>
  /** Clears away what was deleted and counts what is there, as PostgreSQL does by itself about once a minute. */
  vacuum(): Promise<void>
  remove(): Promise<void>
}

const server = process.env.BENCH_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres'

async function onServer(run: (client: pg.Client) => Promise<unknown>, url = server): Promise<void> {
  const client = new pg.Client({connectionString: url})
  await client.connect()
  try {
    await run(client)
  } finally {
    await client.end()
  }
}

let places = 0

export async function makePlace(engine: Engine): Promise<Place> {
  const home = mkdtempSync(join(process.env.BENCH_FOLDER ?? tmpdir(), 'pytake-bench-'))
  const env: Record<string, string> = {PYTAKE_HOME: home, LOG_LEVEL: 'error', DATABASE_URL: ''}
  const name = `pytake_bench_${process.pid}_${++places}`
  if (engine === 'postgres') {
    await onServer((client) => client.query(`CREATE DATABASE ${name}`))
    const url = new URL(server)
    url.pathname = `/${name}`
    env.DATABASE_URL = url.href
  }
  return {
    engine,
    env,
    open: () => openRuntime({config: parseConfig(env)}),
    async vacuum() {
      if (engine === 'postgres') await onServer((client) => client.query('VACUUM (ANALYZE)'), env.DATABASE_URL)
    },
    async remove() {
      rmSync(home, {recursive: true, force: true})
      if (engine !== 'postgres') return
      await onServer(async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
        await dropLeftRoles(client)
      })
    },
  }
}

/** Asks, then answers every message and waits for the next, so that each message costs a whole step. */
const flow = `
flow: conversa
name: Conversa
trigger: {type: message_received}
nodes:
  - {id: ola, type: message, data: {text: "Olá {{contact.name}}!"}, next: espera}
  - {id: espera, type: wait, data: {save_as: pedido, timeout: 2h}, next: resposta}
  - {id: resposta, type: message, data: {text: "Recebido: {{response}}"}, next: espera}
`

/** Adds tenants, each with an official number whose limits are lifted and a flow that answers. */
export async function addTenants(runtime: Runtime, count: number, apiUrl = 'http://127.0.0.1:9'): Promise<TenantDb[]> {
  const {flow: definition, problems} = loadFlow(flow, 'bench.yaml')
  if (!definition) throw new Error(JSON.stringify(problems))
  const tenants: TenantDb[] = []
  for (let n = 0; n < count; n++) {
    const id = runtime.ids.next()
    await createTenant(runtime, runtime.stores.control, {id, name: `Empresa ${n}`})
    const db = runtime.stores.tenant(id)
    await addConfig(runtime, db, {
      name: 'principal',
      api_type: 'official',
      phone_number: `+5511400${String(n).padStart(5, '0')}`,
      phone_number_id: numberId(n),
      business_account_id: WABA,
      access_token: TOKEN,
      app_secret: APP_SECRET,
      api_url: apiUrl,
      allow_private_network: true,
      mark_read: 'never',
      daily_limit: null,
      rate_limit_per_minute: null,
    })
    await applyFlows(db, [definition], {author: 'bench', now: runtime.clock.now(), ids: runtime.ids})
    tenants.push(db)
  }
  return tenants
}
