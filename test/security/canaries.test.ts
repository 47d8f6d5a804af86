import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {getNamedType, type GraphQLObjectType, isObjectType} from 'graphql'
import pino from 'pino'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {z} from 'zod'
import {buildApi} from '../../src/api/app.ts'
import {createSchema} from '../../src/graphql/schema.ts'
import {openMetrics} from '../../src/observability/metrics.ts'
import {login, refresh} from '../../src/operations/auth.ts'
import {connectErp} from '../../src/operations/erp-connections.ts'
import {createHook} from '../../src/operations/hooks.ts'
import {invoke} from '../../src/operations/invoke.ts'
import {operations} from '../../src/operations/registry.ts'
import {setSecretOperation} from '../../src/operations/secrets.ts'
import {createTokenOperation} from '../../src/operations/tokens.ts'
import {inviteUser, resetUserPassword} from '../../src/operations/users.ts'
import {addWhatsappConfig} from '../../src/operations/whatsapp-configs.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import {run} from '../support/cli.ts'
import {nobodyAtHome} from '../support/furnished.ts'
import {testRuntime} from '../support/server.ts'
import {addCompany, addUser, nobody, PASSWORD, shell} from '../support/signing-in.ts'
import {makePlace, type Place} from '../support/stores.ts'

const schema = createSchema()

/** Everything that GraphQL tells of one row of a list. */
function everyField(list: string): string {
  const connection = getNamedType(schema.getQueryType()?.getFields()[list]?.type) as GraphQLObjectType
  const edge = getNamedType(connection.getFields().edges?.type) as GraphQLObjectType
  return fieldsOf(getNamedType(edge.getFields().node?.type) as GraphQLObjectType)
}

const fieldsOf = (type: GraphQLObjectType): string =>
  `{ ${Object.values(type.getFields())
    .map(({name, type: field}) => {
      const inner = getNamedType(field)
      if (!isObjectType(inner)) return name
      return inner.name.startsWith(type.name) && !inner.name.endsWith('Connection') ? `${name} ${fieldsOf(inner)}` : ''
    })
    .join(' ')} }`

describe('a secret that was given to us', () => {
  let place: Place
  let runtime: Runtime
  let tenant: string
  let token: string
  let env: Record<string, string>
  const logged: string[] = []
  /** What nothing may say again, once it was given or shown. */
  const canaries: string[] = [PASSWORD]
  const canary = (name: string) => {
    const text = `canary-${name}-3f9a7c`
    canaries.push(text)
    return text
  }

  beforeAll(async () => {
    place = await makePlace('sqlite')
    const log = pino({level: 'trace'}, {write: (line: string) => void logged.push(line)})
    env = {
      ...place.env(),
      ENCRYPTION_KEY: canary('encryption-key'),
      // Nobody listens there: a letter that cannot be sent must not tell how it was to be sent.
      SMTP_URL: `smtp://pytake:${canary('smtp-password')}@127.0.0.1:9`,
      WHATSAPP_WEBHOOK_SECRET: canary('shared-webhook-secret'),
      WHATSAPP_WEBHOOK_VERIFY_TOKEN: canary('shared-verify-token'),
    }
    runtime = await testRuntime(env, {log})
    tenant = await addCompany(runtime, 'Uma')
    const caller = {...shell, tenant}
    await addUser(runtime, tenant, 'ana@example.com', 'admin')
    const first = await invoke(runtime, login, {email: 'ana@example.com', password: PASSWORD}, nobody)
    const second = await invoke(runtime, refresh, {refresh_token: first.refresh_token}, nobody)
    const invitation = await invoke(runtime, inviteUser, {email: 'b@example.com'}, caller)
    const reset = await invoke(runtime, resetUserPassword, {id: 'ana@example.com'}, caller)
    canaries.push(first.access_token, first.refresh_token, second.refresh_token, invitation.token, reset.token)
    await invoke(runtime, setSecretOperation, {name: 'API', value: canary('secret')}, {...caller, idempotencyKey: 'k'})
    const hook = await invoke(runtime, createHook, {name: 'crm', url: 'http://93.184.216.34/', types: ['*']}, caller)
    canaries.push(hook.secret)
    const official = {
      name: 'principal',
      api_type: 'official' as const,
      phone_number: '+551140000001',
      phone_number_id: '106540352242922',
      access_token: canary('access-token'),
      app_secret: canary('app-secret'),
    }
    await invoke(runtime, addWhatsappConfig, official as never, {...caller, idempotencyKey: 'c'})
    const evolution = {
      name: 'loja',
      api_type: 'evolution' as const,
      phone_number: '+551140000002',
      evolution_instance: 'loja',
      evolution_api_key: canary('evolution-key'),
      webhook_secret: canary('webhook-secret'),
      api_url: 'https://evolution.example.com',
    }
    await invoke(runtime, addWhatsappConfig, evolution as never, caller)
    const erp = {
      ...{erp_type: 'hubsoft' as const, name: 'hub', api_url: 'http://127.0.0.1:9'},
      ...{api_key: canary('erp-key'), api_secret: canary('erp-secret')},
      credentials: {username: canary('erp-user'), password: canary('erp-password'), app: canary('erp-app')},
    }
    await invoke(runtime, connectErp, erp as never, {...caller, idempotencyKey: 'e'})
    token = (await invoke(runtime, createTokenOperation, {name: 'a'}, caller)).token
    canaries.push(token)
  })
  afterAll(async () => {
    await runtime.close()
    await place.remove()
  })

  const expectNone = (text: string, where: string) => {
    for (const one of canaries) expect(text.includes(one), `${one} in ${where}`).toBe(false)
  }

  it('has a canary wherever a request takes one', () => {
    const names = Object.values(operations).flatMap(({input}) => {
      const text = JSON.stringify(z.toJSONSchema(input, {io: 'input', unrepresentable: 'any'}))
      return [...text.matchAll(/"(\w*(?:secret|password|token|api_key|credentials))":\{/g)].map(([, name = '']) => name)
    })
    const given = ['access_token', 'app_secret', 'evolution_api_key', 'webhook_secret', 'api_key', 'api_secret']
    const others = ['credentials', 'password', 'new_password', 'token', 'refresh_token', 'secret']
    // Shown to whoever sets up the number at Meta; it opens nothing.
    const shown = ['webhook_verify_token']
    expect([...new Set(names)].filter((name) => ![...given, ...others, ...shown].includes(name))).toEqual([])
    for (const name of given) expect(names).toContain(name)
  })

  it('is in no answer, no error and no line of the log', async () => {
    const metrics = await openMetrics()
    const app = await buildApi({runtime: {...runtime, http: nobodyAtHome}, operations, metrics})
    const headers = {authorization: `Bearer ${token}`}
    for (const {method, path, id, permission} of Object.values(operations)) {
      for (const ref of ['principal', 'loja', 'hub', 'crm', tenant, 'ana@example.com', 'API']) {
        const url = `/api/v1${path.replace(/\{\w+\}/g, encodeURIComponent(ref))}`
        const reads = method === 'GET'
        // Wrong on purpose: an error must not repeat what it was given.
        const payload =
          reads || method === 'DELETE' ? undefined : {secret: canaries.at(1), value: {text: canaries.at(-2)}}
        if (method === 'DELETE') continue
        const answer = await app.inject({method, url, headers: permission === 'nobody' ? {} : headers, payload})
        expectNone(answer.body, `the answer of ${id}`)
      }
    }
    for (const name of ['tenants', 'whatsappConfigs', 'contacts', 'conversations', 'messages', 'flows']) {
      const query = `{ ${name}(first: 5) { edges { node ${everyField(name)} } } }`
      const answer = await app.inject({method: 'POST', url: '/graphql', headers, payload: {query}})
      expect(answer.json(), query).not.toHaveProperty('errors')
      expectNone(answer.body, `the answer of GraphQL's ${name}`)
    }
    const unknown = {authorization: 'Bearer pyt_unknown'}
    await app.inject({method: 'GET', url: `/api/v1/tokens?token=${token}`, headers: unknown})
    const counted = (await app.inject({method: 'GET', url: '/metrics'})).body
    expect(counted).toContain('pytake_')
    expectNone(counted, '/metrics')
    await app.close()
    expect(logged.length).toBeGreaterThan(100)
    expectNone(logged.join('\n'), 'the log')
  })

  it('is in no file of the data folder as it was given', () => {
    const files = readdirSync(place.home, {recursive: true, withFileTypes: true}).filter((entry) => entry.isFile())
    const texts = files.map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'))
    expect(
      texts.some((text) => text.includes('ana@example.com')),
      'what is no secret is there',
    ).toBe(true)
    for (const file of files) {
      const path = join(file.parentPath, file.name)
      expectNone(readFileSync(path, 'latin1'), path)
    }
  })

  it('is in nothing that commands print', async () => {
    const withTenant = {...env, PYTAKE_TENANT: tenant}
    const commands = [
      ['whatsapp', 'list', '--json'],
      ['whatsapp', 'show', 'principal', '--json'],
      ['whatsapp', 'show', 'loja'],
      ['secret', 'list', '--json'],
      ['hook', 'list', '--json'],
      ['hook', 'show', 'crm'],
      ['token', 'list', '--json'],
      ['user', 'list', '--json'],
      ['audit', '--limit', '1000', '--json'],
      ['audit', '--platform', '--limit', '1000', '--json'],
    ]
    for (const argv of commands) {
      const ran = await run(argv, {env: withTenant})
      expect(ran.exitCode, `${argv.join(' ')} ${ran.stderr}`).toBe(0)
      expect(ran.stdout.length, argv.join(' ')).toBeGreaterThan(10)
      expectNone(ran.stdout + ran.stderr, argv.join(' '))
    }
  })

  it('is in no answer to who takes things away', async () => {
    const app = await buildApi({runtime: {...runtime, http: nobodyAtHome}, operations})
    for (const {method, path, id} of Object.values(operations)) {
      if (method !== 'DELETE') continue
      for (const ref of ['principal', 'loja', 'hub', 'crm', 'API']) {
        const url = `/api/v1${path.replace(/\{\w+\}/g, ref)}`
        const answer = await app.inject({method, url, headers: {authorization: `Bearer ${token}`}})
        expectNone(answer.body, `the answer of ${id}`)
      }
    }
    await app.close()
    expectNone(logged.join('\n'), 'the log')
  })
})
