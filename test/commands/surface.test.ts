import {expect, it} from 'vitest'
import {localAndRemote} from '../support/both-ways.ts'

const uuid = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)

localAndRemote('the commands', ({where, pytake, file}) => {
  const tenant = `Empresa ${where}`

  it('creates a tenant with a plan and limits of its own, and finds it by id, domain and name', async () => {
    const created = await pytake([
      ...['tenant', 'create', '--name', tenant, '--plan', 'growth', '--domain', `${where}.example.com`],
      ...['--limit', 'messages_per_month=50000', '--limit', 'flows=none', '--json'],
    ])
    expect(created).toMatchObject({exitCode: 0})
    expect(created.json()).toEqual({
      id: uuid,
      name: tenant,
      domain: `${where}.example.com`,
      plan: 'growth',
      limits: {users: 10, messages_per_month: 50_000, whatsapp_numbers: 3, flows: null, campaigns: 20},
      settings: {timezone: 'America/Sao_Paulo', language: 'pt-BR', currency: 'BRL'},
      billing: {status: 'active', next_payment: null},
      state: 'active',
      removed_at: null,
      created_at: time,
      updated_at: time,
    })
    for (const ref of [created.json().id, tenant, `${where}.example.com`]) {
      expect((await pytake(['tenant', 'show', ref, '--json'])).json()).toEqual(created.json())
    }
  })

  it('lists tenants as a page, as TSV and as a table', async () => {
    const page = (await pytake(['tenant', 'list', '--limit', '1', '--json'])).json()
    expect(page).toMatchObject({data: [{name: tenant}], page: {page: 1, limit: 1, has_more: true}})
    const next = (await pytake(['tenant', 'list', '--after', page.page.after, '--json'])).json()
    expect(next.data.map((row: {name: string}) => row.name)).toContain('Nobody else')
    expect(next.data.map((row: {name: string}) => row.name)).not.toContain(tenant)
    const piped = await pytake(['tenant', 'list', '--plan', 'growth', '--sort', 'name', '--order', 'asc'])
    expect(piped.stdout.split('\n')[0]?.split('\t').slice(1, 4)).toEqual([tenant, 'growth', 'active'])
    const drawn = await pytake(['tenant', 'list'], {terminal: 100})
    expect(drawn.stdout).toMatch(/^id +name +plan/)
    for (const line of drawn.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
  })

  it('edits what is given and leaves the rest', async () => {
    const argv = ['tenant', 'edit', tenant, '--timezone', 'America/Recife', '--next-payment', '2027-01-01', '--json']
    expect((await pytake(argv)).json()).toMatchObject({
      name: tenant,
      settings: {timezone: 'America/Recife', language: 'pt-BR'},
      billing: {status: 'active', next_payment: '2027-01-01'},
    })
    expect((await pytake(['tenant', 'edit', tenant, '--next-payment', 'none', '--json'])).json().billing).toEqual({
      status: 'active',
      next_payment: null,
    })
  })

  it('suspends and resumes, and asks for --yes where nobody can answer', async () => {
    const refused = await pytake(['tenant', 'suspend', tenant])
    expect(refused).toMatchObject({exitCode: 2, stdout: ''})
    expect(refused.stderr).toContain('--yes')
    expect((await pytake(['tenant', 'suspend', tenant, '--yes', '--json'])).json().billing.status).toBe('suspended')
    expect((await pytake(['tenant', 'resume', tenant, '--json'])).json().billing.status).toBe('active')
  })

  it('adds numbers of both kinds, never shows a secret, and says the limits aloud', async () => {
    const official = await pytake([
      ...['whatsapp', 'add', '--tenant', tenant, '--name', 'principal', '--api-type', 'official'],
      ...['--phone', '+55 11 4000-0001', '--phone-number-id', `10${where}`, '--business-account-id', '20'],
      ...['--access-token-file', file('token', 'EAAG-token\n'), '--app-secret-file', file('app', 'app-secret')],
      ...['--verify-token', 'v', '--api-url', 'http://127.0.0.1:9000/', '--json'],
    ])
    expect(official.exitCode, official.stderr).toBe(0)
    expect(official.stderr).toContain('60 messages a minute and 1000 a day')
    expect(official.stdout + official.stderr).not.toMatch(/EAAG|app-secret/)
    expect(official.json()).toMatchObject({
      phone_number: '+551140000001',
      access_token: null,
      access_token_set: true,
      app_secret: null,
      app_secret_set: true,
      webhook_verify_token: 'v',
      api_url: 'http://127.0.0.1:9000',
      is_active: true,
      daily_limit: 1000,
      rate_limit_per_minute: 60,
      lane: {state: 'running', reason: null},
    })
    const evolution = await pytake(
      [
        ...['whatsapp', 'add', '-t', tenant, '--name', 'vendas', '--api-type', 'evolution'],
        ...['--phone', '+5511940000002', '--instance', 'vendas', '--api-url', 'http://127.0.0.1:9001'],
        ...['--api-key-file', '-', '--webhook-secret-file', file('hook', 'hook-secret')],
        ...['--rate-limit-per-minute', '20', '--daily-limit', '200', '--json'],
      ],
      {stdin: 'key\n'},
    )
    expect(evolution.json()).toMatchObject({
      evolution_instance: 'vendas',
      evolution_api_key: null,
      evolution_api_key_set: true,
      webhook_secret_set: true,
      daily_limit: 200,
      rate_limit_per_minute: 20,
    })
    const list = (await pytake(['whatsapp', 'list', '-t', tenant, '--json'])).json()
    expect(list.data).toEqual([evolution.json(), official.json()])
    expect(list.page).toEqual({page: 1, limit: 20, total: 2, has_more: false, after: null})
  })

  it('edits, deactivates, activates and removes a number', async () => {
    const number = ['vendas', '-t', tenant, '--json']
    const edited = await pytake(['whatsapp', 'edit', ...number, '--daily-limit', '5', '--mark-read', 'never'])
    expect(edited.json()).toMatchObject({daily_limit: 5, mark_read: 'never', rate_limit_per_minute: 20})
    const lifted = await pytake([
      'whatsapp',
      'edit',
      ...number,
      '--daily-limit',
      'none',
      '--rate-limit-per-minute',
      'none',
    ])
    expect(lifted.json()).toMatchObject({daily_limit: null, rate_limit_per_minute: null})
    expect((await pytake(['whatsapp', 'deactivate', ...number])).json().is_active).toBe(false)
    expect((await pytake(['whatsapp', 'activate', ...number])).json().is_active).toBe(true)
    const {id} = (await pytake(['whatsapp', 'show', ...number])).json()
    expect((await pytake(['whatsapp', 'remove', ...number, '--yes'])).json()).toEqual({id, removed: true})
    expect((await pytake(['whatsapp', 'show', ...number])).exitCode).toBe(5)
  })

  it('refuses more numbers than the plan allows, and a plan smaller than what is used', async () => {
    const limited = `Pequena ${where}`
    await pytake(['tenant', 'create', '--name', limited, '--plan', 'starter'])
    const add = (name: string, id: string) =>
      pytake([
        ...['whatsapp', 'add', '-t', limited, '--name', name, '--api-type', 'official', '--phone', '+5511940000009'],
        ...['--phone-number-id', id, '--access-token-file', file('t', 't'), '--json'],
      ])
    expect((await add('um', `31${where}`)).exitCode).toBe(0)
    const second = await add('dois', `32${where}`)
    expect(second).toMatchObject({exitCode: 4, stdout: ''})
    expect(second.error()).toMatchObject({code: 'PLAN_LIMIT', details: [{field: 'whatsapp_numbers', limit: 1}]})
    await pytake(['tenant', 'edit', limited, '--plan', 'enterprise'])
    expect((await add('dois', `33${where}`)).exitCode).toBe(0)
    const down = await pytake(['tenant', 'edit', limited, '--plan', 'starter', '--json'])
    expect(down.exitCode).toBe(6)
    expect(down.error()).toMatchObject({code: 'CONFLICT', details: [{field: 'whatsapp_numbers'}]})
  })

  it('sets, lists and removes secrets whose values never come back', async () => {
    const set = await pytake(['secret', 'set', 'API_TOKEN', '--file', '-', '-t', tenant, '--json'], {stdin: 'hush\n'})
    expect(set.json()).toEqual({
      name: 'API_TOKEN',
      updated_by: expect.stringMatching(/^(cli|token):/),
      updated_at: time,
    })
    const list = await pytake(['secret', 'list', '-t', tenant, '--json'])
    expect(list.json().data).toEqual([set.json()])
    expect(list.stdout).not.toContain('hush')
    expect((await pytake(['secret', 'remove', 'API_TOKEN', '-t', tenant, '--yes', '--json'])).json()).toEqual({
      name: 'API_TOKEN',
      removed: true,
    })
    expect((await pytake(['secret', 'remove', 'API_TOKEN', '-t', tenant, '--yes'])).exitCode).toBe(5)
  })

  it('creates, lists and revokes tokens', async () => {
    const created = (
      await pytake([
        'token',
        'create',
        '--name',
        'ci',
        '--scope',
        'flows:publish',
        '--expires-in',
        '90d',
        '-t',
        tenant,
        '--json',
      ])
    ).json()
    expect(created.token).toMatch(/^pyt_[\w-]{49}$/)
    expect(created).toMatchObject({name: 'ci', scopes: ['flows:publish'], platform: false, expires_at: time})
    const list = await pytake(['token', 'list', '-t', tenant, '--json'])
    expect(list.json().data).toMatchObject([{id: created.id, revoked_at: null}])
    expect(list.stdout).not.toContain(created.token)
    expect((await pytake(['token', 'revoke', 'ci', '-t', tenant, '--yes', '--json'])).json()).toMatchObject({
      id: created.id,
      revoked_at: time,
    })
  })

  it('removes a tenant', async () => {
    const {id} = (await pytake(['tenant', 'show', tenant, '--json'])).json()
    expect((await pytake(['tenant', 'remove', tenant, '--yes', '--json'])).json()).toEqual({id, removed: true})
    expect((await pytake(['tenant', 'show', id, '--json'])).exitCode).toBe(5)
    const again = await pytake(['tenant', 'create', '--name', tenant, '--domain', `${where}.example.com`])
    expect(again.exitCode).toBe(0)
    await pytake(['tenant', 'remove', tenant, '--yes'])
  })

  it('shows control and direction characters as escapes, and stores them as they came', async () => {
    const hostile = `evil\u001b[31m\u202e\u0007 ${where}`
    const created = await pytake(['tenant', 'create', '--name', hostile, '--json'])
    expect(created.json().name).toBe(hostile)
    for (const terminal of [undefined, 120]) {
      const shown = await pytake(['tenant', 'show', hostile], {terminal})
      expect(shown.stdout).toContain('evil\\u001b[31m\\u202e\\u0007')
      expect(shown.stdout).not.toMatch(/[\u001b\u202e\u0007]/)
      expect((await pytake(['tenant', 'list'], {terminal})).stdout).not.toMatch(/[\u001b\u202e\u0007]/)
    }
    await pytake(['tenant', 'remove', hostile, '--yes'])
  })

  it('asks which tenant is meant when there are several', async () => {
    await pytake(['tenant', 'create', '--name', `Outra ${where}`])
    const ran = await pytake(['secret', 'list', '--json'])
    expect(ran).toMatchObject({exitCode: 2})
    expect(
      ran
        .error()
        .details.map(({message}) => message)
        .join(),
    ).toContain('Nobody else')
    const named = await pytake(['secret', 'list', '--json'], {env: {PYTAKE_TENANT: 'Nobody else'}})
    expect(named.json().data).toEqual([])
    await pytake(['tenant', 'remove', `Outra ${where}`, '--yes'])
  })
})
