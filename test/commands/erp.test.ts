import {readFileSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {systemClock} from '../../src/base/clock.ts'
import {systemRandom} from '../../src/base/ids.ts'
import {erpCredentials} from '../../src/sandbox/erp/provider.ts'
import {type Sandbox, startSandbox} from '../../src/sandbox/sandbox.ts'
import {localAndRemote} from '../support/both-ways.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({clock: systemClock, random: systemRandom})
})
afterAll(() => sandbox.close())

localAndRemote('pytake erp', ({where, pytake, file}) => {
  const name = `ixc-${where}`
  // The stand-ins lie on this machine, where a server does not go for whoever holds a token.
  const whenLocal = (title: string, body: () => Promise<void>) => (where === 'local' ? it(title, body) : undefined)
  const whenRemote = (title: string, body: () => Promise<void>) => (where === 'remote' ? it(title, body) : undefined)
  const connect = (more: string[] = []) =>
    pytake([
      ...['erp', 'connect', 'ixcsoft', '--name', name, '--url', sandbox.erpUrl],
      ...['--api-key-file', file('ixc', `${erpCredentials.ixcsoft.token}\n`), '--json', ...more],
    ])

  it('connects, and never shows a secret again', async () => {
    const made = await connect(['--setting', 'ticket_subject=5'])
    expect(made.exitCode, made.stderr).toBe(0)
    expect(made.json()).toMatchObject({
      erp_type: 'ixcsoft',
      name,
      api_key: null,
      api_key_set: true,
      sync_enabled: false,
    })
    expect(made.stdout + made.stderr).not.toContain(erpCredentials.ixcsoft.token)
    // Only the shell of the machine itself may point at a private network.
    const edited = await pytake(['erp', 'edit', name, '--setting', 'ticket_department=2', '--json'])
    expect(edited.json()).toMatchObject({settings: {ticket_subject: '5', ticket_department: '2'}})
    expect((await pytake(['erp', 'list'])).stdout).toContain(name)
  })

  whenLocal('looks up, opens a ticket once, and writes the PDF', async () => {
    const customer = await pytake(['erp', 'customer', '529.982.247-25', '--connection', name, '--json'])
    expect(customer.json()).toMatchObject({outcome: 'found', customer: {customer_id: '1', document: '***.982.247-**'}})
    const invoices = await pytake(['erp', 'invoices', '1', '-c', name, '--json'])
    expect(invoices.json().invoices).toHaveLength(2)
    const pdf = file('boleto.pdf', '')
    const slip = await pytake(['erp', 'boleto', '1001', '-c', name, '--pdf', pdf, '--qr'])
    expect(slip.exitCode, slip.stderr).toBe(0)
    expect(slip.stdout).toContain('▀')
    expect(readFileSync(pdf).subarray(0, 5).toString()).toBe('%PDF-')
    expect((await pytake(['erp', 'status', '2', '-c', name, '--json'])).json()).toMatchObject({blocked: true})
    expect((await pytake(['erp', 'plans', '-c', name, '--json'])).json().plans).toHaveLength(3)
    const ticket = [
      'erp',
      'ticket',
      '1',
      '-c',
      name,
      '--title',
      'T',
      '--text',
      'X',
      '--reference',
      'VISITA-1',
      '--json',
    ]
    const first = (await pytake(ticket)).json()
    expect((await pytake(ticket)).json()).toMatchObject({protocol: first.protocol, existing: true})
  })

  whenLocal('tries everything, and says what is missing', async () => {
    const tried = await pytake(['erp', 'test', name, '--document', '52998224725', '--json'])
    expect(tried.exitCode, tried.stderr).toBe(0)
    const {checks} = tried.json()
    expect(checks.map((check: {name: string}) => check.name)).toEqual([
      'address',
      'credentials',
      'clock',
      'customer',
      'invoices',
      'boleto',
      'status',
      'ticket',
      'plans',
    ])
    await pytake(['erp', 'edit', name, '--setting', 'ticket_department='])
    const failed = await pytake(['erp', 'test', name])
    expect(failed.exitCode).toBe(3)
    expect(failed.stderr).toContain('ticket_department=ID')
  })

  whenLocal('syncs here where no server is, and says what came of it', async () => {
    const ran = await pytake(['erp', 'sync', name, '--json'])
    expect(ran.exitCode, ran.stderr).toBe(0)
    expect(ran.json()).toMatchObject({kind: 'erp.sync', state: 'done', result: {customers: 100, failed: 0}})
    expect((await pytake(['erp', 'show', name])).stdout).toMatch(/last_sync_customers\t100/)
    const queued = await pytake(['erp', 'sync', name, '--no-wait', '--json'])
    expect(queued.json()).toMatchObject({state: 'pending'})
    expect(queued.exitCode).toBe(0)
  })

  whenLocal('records cassettes and verifies them, and says which field changed', async () => {
    const folder = dirname(file('x', ''))
    const out = join(folder, 'cassettes')
    const recorded = await pytake(['erp', 'record', name, '--document', '52998224725', '--out', out])
    expect(recorded.exitCode, recorded.stderr).toBe(0)
    expect((await pytake(['erp', 'verify', out])).exitCode).toBe(0)
    const path = join(out, 'ixcsoft-invoices.json')
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('119.90', '120.00'))
    const changed = await pytake(['erp', 'verify', out])
    expect(changed.exitCode).toBe(3)
    expect(changed.stderr).toContain('data.0.amount_cents  was 11990  is 12000')
    writeFileSync(path, '{')
    expect((await pytake(['erp', 'verify', path])).exitCode).toBe(3)
    expect((await pytake(['erp', 'verify', join(folder, 'nothing.json')])).exitCode).toBe(2)
    expect((await pytake(['erp', 'record', name, '--document', '1', '--out', out])).exitCode).toBe(2)
  })

  it('says while connecting what the ERP cannot do', async () => {
    const {token, password} = erpCredentials.mksolutions
    const made = await pytake([
      ...['erp', 'connect', 'mksolutions', '--name', `mk-${where}`, '--url', sandbox.erpUrl],
      ...['--api-key-file', file('mk', token), '--api-secret-file', file('mk2', password)],
    ])
    expect(made.exitCode, made.stderr).toBe(0)
    expect(made.stderr).toMatch(/^! plans: /m)
    expect((await pytake(['erp', 'remove', `mk-${where}`, '--yes'])).exitCode).toBe(0)
  })

  whenRemote('a token may not lead the server into a private network', async () => {
    const refused = await pytake(['erp', 'customer', '52998224725', '-c', name])
    expect(refused.exitCode).toBe(8)
    expect(refused.stderr).toContain('PYTAKE_ALLOW_NETWORKS')
  })

  describe('bad input', () => {
    it.each([
      ['a wrong check digit', ['erp', 'customer', '52998224724', '-c', name], 2, 'check digits'],
      ['an unknown connection', ['erp', 'show', 'nobody'], 5, 'was not found'],
      ['a setting nobody knows', ['erp', 'edit', name, '--setting', 'colour=red'], 2, 'is no setting of IXC Soft'],
      ['a pair that is none', ['erp', 'edit', name, '--setting', 'colour'], 2, 'NAME=VALUE'],
      ['a mapping to a password', ['erp', 'edit', name, '--map', 'x=senha'], 2, 'would show a secret'],
      ['a sync too often', ['erp', 'edit', name, '--sync-interval', '60'], 2, 'at least 300'],
      ['an address that is none', ['erp', 'edit', name, '--url', 'ixc'], 2, 'api_url'],
      ['an id that is none', ['erp', 'invoices', '1 or 1', '-c', name], 2, 'no id'],
    ])('%s', async (_what, argv, code, words) => {
      const ran = await pytake(argv)
      expect(ran.stderr).toContain(words)
      expect(ran.exitCode).toBe(code)
    })

    it('credentials that are left out', async () => {
      const key = file('hub', 'x')
      const ran = await pytake([
        'erp',
        'connect',
        'hubsoft',
        '--name',
        'h',
        '--url',
        'https://h.example',
        '--api-key-file',
        key,
      ])
      expect(ran.exitCode).toBe(2)
      expect(ran.stderr).toContain('api_secret: is required for HubSoft')
    })

    it('a name that is taken, and several of a type without a default', async () => {
      expect((await connect()).exitCode).toBe(6)
      const second = file('second', erpCredentials.ixcsoft.token)
      await pytake([
        'erp',
        'connect',
        'ixcsoft',
        '--name',
        `b-${where}`,
        '--url',
        'http://x.example',
        '--api-key-file',
        second,
      ])
      const ran = await pytake(['erp', 'plans'])
      expect(ran.exitCode).toBe(6)
      expect(ran.stderr).toContain(`b-${where}`)
      expect((await pytake(['erp', 'remove', `b-${where}`, '--yes'])).exitCode).toBe(0)
    })

    it('a certificate that is none', async () => {
      const ran = await pytake(['erp', 'edit', name, '--ca-file', file('ca.pem', 'no')])
      expect(ran.exitCode).toBe(2)
      expect(ran.stderr).toContain('is no certificate in PEM form')
    })
  })
})
