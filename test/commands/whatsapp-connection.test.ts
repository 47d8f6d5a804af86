import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {systemClock} from '../../src/base/clock.ts'
import {systemRandom} from '../../src/base/ids.ts'
import {waitForPhone} from '../../src/cli/pairing.ts'
import {type Sandbox, startSandbox} from '../../src/sandbox/sandbox.ts'
import {run} from '../support/cli.ts'
import {startApi, type TestServer} from '../support/server.ts'
import {makePlace, type Place} from '../support/stores.ts'

const NUMBER_ID = '106540352242922'
const WABA_ID = '102290129340398'
let place: Place
let sandbox: Sandbox
let server: TestServer
let folder: string
let remote: Record<string, string>

beforeAll(async () => {
  place = await makePlace('sqlite')
  folder = mkdtempSync(join(tmpdir(), 'pytake-connection-'))
  remote = {XDG_CONFIG_HOME: folder, PYTAKE_CONTEXT: 'there'}
  server = await startApi(place.env())
  sandbox = await startSandbox({clock: systemClock, random: systemRandom, statusDelayMs: 0})
  const hook = {webhookUrl: 'http://127.0.0.1:9/'}
  sandbox.addNumber({
    ...hook,
    phoneNumberId: NUMBER_ID,
    wabaId: WABA_ID,
    token: 'good',
    appSecret: 's',
    displayPhone: '+55 11 4000-0001',
  })
  sandbox.addInstance({...hook, name: 'loja', apiKey: 'key', ownerPhone: '+551140000002', state: 'close'})
  const env = place.env()
  const file = (text: string) => {
    const path = join(folder, `${text}.txt`)
    writeFileSync(path, text)
    return path
  }
  await run(['tenant', 'create', '--name', 'Uma'], {env})
  const token = (await run(['token', 'create', '--name', 'ops', '--json'], {env})).json().token
  await run(['context', 'add', 'there', '--url', server.url, '--token-stdin'], {
    env: {XDG_CONFIG_HOME: folder},
    stdin: token,
  })
  const official = await run(
    [
      ...['whatsapp', 'add', '--name', 'principal', '--api-type', 'official', '--phone', '+551140000001'],
      ...['--phone-number-id', NUMBER_ID, '--business-account-id', WABA_ID, '--access-token-file', file('good')],
      ...['--app-secret-file', file('secret'), '--api-url', sandbox.cloudUrl],
    ],
    {env},
  )
  expect(official.exitCode, official.stderr).toBe(0)
  const evolution = await run(
    [
      ...['whatsapp', 'add', '--name', 'loja', '--api-type', 'evolution', '--phone', '+551140000002'],
      ...['--instance', 'loja', '--api-key-file', file('key'), '--webhook-secret-file', file('hush')],
      ...['--api-url', sandbox.evolutionUrl],
    ],
    {env},
  )
  expect(evolution.exitCode, evolution.stderr).toBe(0)
})
afterAll(async () => {
  await server.close()
  await sandbox.close()
  await place.remove()
  rmSync(folder, {recursive: true, force: true})
})

describe.each(['local', 'remote'])('%s', (where) => {
  const pytake = (...argv: string[]) => run(['whatsapp', ...argv], {env: where === 'local' ? place.env() : remote})

  it('tests a number with the provider, and says what to do when the token is refused', async () => {
    const good = await pytake('test', 'principal', '--json')
    expect(good.json().checks[0], good.stderr).toMatchObject({name: 'number', ok: true})
    writeFileSync(join(folder, 'bad.txt'), 'bad')
    await pytake('edit', 'principal', '--access-token-file', join(folder, 'bad.txt'))
    const bad = await pytake('test', 'principal')
    expect(bad.exitCode).toBe(3)
    expect(bad.stdout).toContain('FAILED')
    expect(bad.stderr).toContain('--access-token-file')
    await pytake('edit', 'principal', '--access-token-file', join(folder, 'good.txt'))
  })

  it('pauses and resumes the sender, and new credentials mend what the provider stopped', async () => {
    const paused = (await pytake('pause', 'principal', '--json')).json()
    expect(paused.lane).toMatchObject({state: 'paused', reason: expect.stringMatching(/^paused by (cli|token):/)})
    expect(
      (await pytake('edit', 'principal', '--access-token-file', join(folder, 'good.txt'), '--json')).json().lane.state,
    ).toBe('paused')
    expect((await pytake('resume', 'principal', '--json')).json().lane).toMatchObject({state: 'running', reason: null})
    const db = server.runtime.stores.tenant(paused.tenant_id)
    await db.write((tx) =>
      tx.update('lanes', ['config_id'], [{config_id: paused.id, state: 'stopped', reason: '190: expired'}]),
    )
    expect((await pytake('show', 'principal')).stderr).toContain('--access-token-file')
    expect(
      (await pytake('edit', 'principal', '--access-token-file', join(folder, 'good.txt'), '--json')).json().lane.state,
    ).toBe('running')
  })

  it('pairs a phone, tells its state, and unpairs it', async () => {
    expect((await pytake('state', 'loja', '--json')).json()).toEqual({state: 'close'})
    const paired = await pytake('connect', 'loja', '--server-url', 'https://pytake.example.com/', '--json')
    expect(paired.json(), paired.stderr).toMatchObject({
      state: 'pairing',
      code: expect.any(String),
      webhook_url: expect.stringMatching(/^https:\/\/pytake\.example\.com\/api\/v1\/whatsapp\/webhook\/[0-9a-f-]{36}$/),
    })
    sandbox.scan('loja')
    expect((await pytake('state', 'loja', '--json')).json()).toEqual({state: 'open'})
    expect((await pytake('connect', 'loja', '--json')).json().state).toBe('open')
    expect((await pytake('logout', 'loja')).exitCode).toBe(2)
    expect((await pytake('logout', 'loja', '--yes', '--json')).json()).toEqual({state: 'close'})
  })

  it('refuses to pair a number of the Cloud API', async () => {
    for (const verb of ['connect', 'state']) {
      const ran = await pytake(verb, 'principal', '--json')
      expect(ran.exitCode).toBe(3)
      expect(ran.error().code).toBe('UNSUPPORTED_BY_CHANNEL')
    }
  })
})

describe('waiting for the phone', () => {
  const pairing = (code: string) => ({state: 'pairing' as const, code, pairing_code: null, webhook_url: null})
  const world = () => {
    let now = 0
    let text = ''
    const sink = {write: (more: string) => void (text += more), isTTY: true, columns: 80}
    const io = {
      env: {},
      cwd: '/',
      osUser: 'x',
      stdin: {isTTY: false, read: () => Promise.resolve('')},
      stdout: sink,
      stderr: sink,
    }
    const clock = {
      now: () => now,
      monotonic: () => now,
      sleep(ms: number) {
        now += ms
        return Promise.resolve()
      },
    }
    return {io, clock, text: () => text, at: () => now}
  }

  it('draws a new code when the old one is spent, until the phone is there', async () => {
    const {io, clock, text, at} = world()
    let asked = 0
    const again = () => Promise.resolve(pairing(`2@code-${++asked}`))
    await waitForPhone(
      io,
      pairing('2@code-0'),
      {again, state: () => Promise.resolve(at() > 50_000 ? 'open' : 'close')},
      clock,
    )
    expect(asked).toBe(2)
    expect(text().split('Scan this code').length).toBe(4)
  })

  it('gives up after two minutes with exit 8', async () => {
    const {io, clock} = world()
    const steps = {again: () => Promise.resolve(pairing('2@same')), state: () => Promise.resolve('close')}
    await expect(waitForPhone(io, pairing('2@same'), steps, clock)).rejects.toMatchObject({
      code: 'PENDING',
      exitCode: 8,
    })
  })
})
