import {systemClock} from '../../src/base/clock.ts'
import {parseConfig} from '../../src/base/config.ts'
import {systemRandom} from '../../src/base/ids.ts'
import {addConfig, type ConfigRow} from '../../src/channels/accounts.ts'
import {applyFlows} from '../../src/deploy/apply.ts'
import {loadFlow} from '../../src/flow/definition.ts'
import {createLogger} from '../../src/observability/logger.ts'
import {openRuntime, type Runtime} from '../../src/runtime/runtime.ts'
import {type Sandbox, type SandboxOptions, startSandbox} from '../../src/sandbox/sandbox.ts'
import {type Server, type ServerOptions, startServer} from '../../src/server.ts'
import type {TenantDb} from '../../src/store/stores.ts'
import {createTenant} from '../../src/tenants/lifecycle.ts'
import type {Place} from './stores.ts'

/** A running server with a sandbox for the providers, one tenant, and numbers on both channels. */
export interface World {
  runtime: Runtime
  server: Server
  sandbox: Sandbox
  db: TenantDb
  official: ConfigRow
  evolution: ConfigRow
  apply(...flows: string[]): Promise<void>
  close(): Promise<void>
}

export const PHONE_NUMBER_ID = '106540352242922'
export const APP_SECRET = 'app-secret-of-the-test'
export const INSTANCE = 'loja'

export interface WorldOptions {
  sandbox?: Partial<SandboxOptions>
  server?: Partial<ServerOptions>
  env?: Record<string, string>
}

export async function openTestRuntime(place: Place, env: Record<string, string> = {}): Promise<Runtime> {
  const config = parseConfig({...place.env(), PYTAKE_ENV: 'test', LOG_LEVEL: process.env.TEST_LOG ?? 'silent', ...env})
  return openRuntime({config, log: createLogger(config.logLevel)})
}

export async function openWorld(place: Place, options: WorldOptions = {}): Promise<World> {
  const sandbox = await startSandbox({clock: systemClock, random: systemRandom, ...options.sandbox})
  const runtime = await openTestRuntime(place, options.env)
  const {db, official, evolution} = await addTenant(runtime, sandbox)
  const server = await startServer(runtime, {
    host: '127.0.0.1',
    port: 0,
    only: [],
    insecureWebhooks: false,
    ...options.server,
  })
  connect(sandbox, server.url, evolution)
  return {
    runtime,
    server,
    sandbox,
    db,
    official,
    evolution,
    apply: (...flows) => applyTo(runtime, db, flows),
    async close() {
      await server.stop()
      await sandbox.close()
      await runtime.close()
    },
  }
}

/** A tenant with a number on each channel, whose provider is the sandbox. */
export async function addTenant(
  runtime: Runtime,
  sandbox: Sandbox,
): Promise<Pick<World, 'db' | 'official' | 'evolution'>> {
  const id = runtime.ids.next()
  await createTenant(runtime, runtime.stores.control, {id, name: `Empresa ${id.slice(-6)}`})
  const db = runtime.stores.tenant(id)
  const official = await addConfig(runtime, db, {
    name: 'principal',
    api_type: 'official',
    phone_number: '+551140000001',
    phone_number_id: PHONE_NUMBER_ID,
    business_account_id: '102290129340398',
    access_token: 'token-1',
    app_secret: APP_SECRET,
    api_url: sandbox.cloudUrl,
    allow_private_network: true,
    daily_limit: null,
    rate_limit_per_minute: null,
  })
  const evolution = await addConfig(runtime, db, {
    name: 'loja',
    api_type: 'evolution',
    phone_number: '+551140000002',
    evolution_instance: INSTANCE,
    evolution_api_key: 'instance-key',
    webhook_secret: 'header-secret',
    api_url: sandbox.evolutionUrl,
    allow_private_network: true,
    daily_limit: null,
    rate_limit_per_minute: null,
  })
  return {db, official, evolution}
}

/** Publishes flows, each given as YAML. */
export async function applyTo(runtime: Runtime, db: TenantDb, flows: readonly string[]): Promise<void> {
  const definitions = flows.map((text) => {
    const {flow, problems} = loadFlow(text, 'test.yaml')
    if (!flow) throw new Error(JSON.stringify(problems))
    return flow
  })
  await applyFlows(db, definitions, {author: 'test', now: runtime.clock.now(), ids: runtime.ids})
}

/** A flow of this key that nobody gets into. */
export const emptyFlow = (key: string) => `{flow: ${key}, trigger: {type: none}, nodes: [{id: fim, type: end}]}`

/** Tells the sandbox where the webhooks of both numbers go. */
export function connect(sandbox: Sandbox, url: string, evolution: ConfigRow): void {
  sandbox.addNumber({
    phoneNumberId: PHONE_NUMBER_ID,
    wabaId: '102290129340398',
    displayPhone: '551140000001',
    token: 'token-1',
    appSecret: APP_SECRET,
    webhookUrl: `${url}/api/v1/whatsapp/webhook`,
  })
  sandbox.addInstance({
    name: INSTANCE,
    apiKey: 'instance-key',
    ownerPhone: '551140000002',
    webhookUrl: `${url}/api/v1/whatsapp/webhook/${evolution.id}`,
    webhookSecretHeader: {name: 'X-Webhook-Secret', value: 'header-secret'},
  })
}

/** Waits until `check` gives something. */
export async function eventually<T>(check: () => Promise<T | undefined | false>, timeoutMs = 10_000): Promise<T> {
  const end = Date.now() + timeoutMs
  for (;;) {
    const value = await check()
    if (value !== undefined && value !== false) return value
    if (Date.now() > end) throw new Error('It did not happen in time.')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
