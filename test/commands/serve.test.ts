import {once} from 'node:events'
import {copyFileSync, mkdtempSync, rmSync} from 'node:fs'
import {get} from 'node:https'
import {type AddressInfo, createServer, type Server, type Socket} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {TLSSocket} from 'node:tls'
import {afterAll, afterEach, beforeAll, describe, expect, inject, it} from 'vitest'
import type {ControlDb} from '../../src/store/stores.ts'
import {buildProgram, type Program, root, startProgram} from '../support/program.ts'
import {makePlace, type Place} from '../support/stores.ts'
import {postSigned, textWebhook} from '../support/webhook-post.ts'
import {eventually} from '../support/world.ts'

const tls = join(root, 'test/fixtures/tls')
let home: string
const running = new Set<Program>()

function serve(argv: readonly string[] = [], env: Record<string, string> = {}): Program {
  const program = startProgram(['serve', ...argv], {HOME: home, PYTAKE_HOME: home, LOG_LEVEL: 'warn', ...env})
  running.add(program)
  return program
}

const urlOf = async (program: Program): Promise<string> => (await program.said(/ready on (\S+)/))[1] ?? ''

beforeAll(() => {
  buildProgram()
  home = mkdtempSync(join(tmpdir(), 'pytake-serve-'))
})
afterEach(async () => {
  for (const program of running) await program.kill()
  running.clear()
})
afterAll(() => rmSync(home, {recursive: true, force: true}))

describe('pytake serve', () => {
  it('says once that it is ready, answers, and stops with 0 when it is told to', async () => {
    const program = serve(['--port', '0'])
    const url = await urlOf(program)
    expect(program.stderr()).toBe(`PyTake is ready on ${url} · webhook ${url}/api/v1/whatsapp/webhook\n`)
    expect(await (await fetch(`${url}/health/live`)).json()).toEqual({status: 'ok'})
    const ready = await fetch(`${url}/health/ready`)
    expect([ready.status, await ready.json()]).toEqual([
      200,
      {
        status: 'ok',
        checks: [
          {name: 'store', ok: true},
          {name: 'armed', ok: true},
        ],
      },
    ])
    program.process.kill('SIGTERM')
    expect(await program.ended).toBe(0)
    expect(program.stdout()).toBe('')
  })

  it.each([
    ['SIGTERM', 0],
    ['SIGINT', 130],
  ] as const)('goes away in order on %s while it still starts', async (signal, code) => {
    // A database that takes the call and says nothing: the server is on its way up until this one hangs up.
    const mute = createServer()
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
    const {port} = mute.address() as AddressInfo
    const called = once(mute, 'connection') as Promise<[Socket]>
    const program = serve([], {DATABASE_URL: `postgres://u@127.0.0.1:${port}/x`})
    const [socket] = await called
    program.process.kill(signal)
    // The signal is there before the connection breaks, also on a machine that is busy.
    await new Promise((resolve) => setTimeout(resolve, 500))
    socket.destroy()
    mute.close()
    expect(await program.ended, program.stderr()).toBe(code)
    expect(program.stderr()).toBe('')
  })

  describe('refuses in a sentence', () => {
    let taken: Server
    beforeAll(async () => {
      taken = createServer()
      await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    })
    afterAll(() => taken.close())
    const file = (name: string) => join(tls, name)
    const cases: [string, () => {argv?: string[]; env?: Record<string, string>}, number, RegExp][] = [
      [
        'a port that is taken',
        () => ({argv: ['--port', `${(taken.address() as AddressInfo).port}`]}),
        1,
        /^✗ Port \d+ on 127\.0\.0\.1 is taken by another program\.\n {2}pytake serve --port N\n$/,
      ],
      [
        'an address of another machine',
        () => ({argv: ['--host', '192.0.2.1'], env: {API_TRUST_PROXY: '192.0.2.0/24'}}),
        1,
        /^✗ 192\.0\.2\.1 is no address of this machine\.\n {2}pytake serve --host/,
      ],
      [
        'a name that leads nowhere',
        () => ({argv: ['--host', 'nowhere.invalid'], env: {API_TRUST_PROXY: '192.0.2.0/24'}}),
        1,
        /^✗ nowhere\.invalid is no address, and no name that leads to one\.\n/,
      ],
      [
        'the world without https',
        () => ({argv: ['--host', '0.0.0.0']}),
        2,
        /^✗ 0\.0\.0\.0 is not .*\n {2}Set API_TLS_/,
      ],
      [
        'production without https',
        () => ({env: {PYTAKE_ENV: 'production'}}),
        2,
        /^✗ PYTAKE_ENV is production, .*clear/,
      ],
      [
        'a certificate without its key',
        () => ({env: {API_TLS_CERT_FILE: file('first.cert.pem')}}),
        2,
        /^✗ API_TLS_CERT_FILE is set, but API_TLS_KEY_FILE is not\./,
      ],
      [
        'a certificate with the key of another',
        () => ({env: {API_TLS_CERT_FILE: file('first.cert.pem'), API_TLS_KEY_FILE: file('renewed.key.pem')}}),
        3,
        /^✗ .*first\.cert\.pem and .*renewed\.key\.pem are no certificate and its key: /,
      ],
      [
        'a certificate that is not there',
        () => ({env: {API_TLS_CERT_FILE: file('none.pem'), API_TLS_KEY_FILE: file('first.key.pem')}}),
        3,
        /^✗ .*none\.pem cannot be read: ENOENT/,
      ],
      [
        'a proxy that is no address',
        () => ({env: {API_TRUST_PROXY: 'nginx'}}),
        2,
        /API_TRUST_PROXY: nginx is not a network/,
      ],
    ]
    it.each(cases)('%s', async (_title, given, code, words) => {
      const {argv = [], env} = given()
      const program = serve(argv, env)
      expect(await program.ended, program.stderr()).toBe(code)
      expect(program.stderr()).toMatch(words)
      expect(program.stderr()).not.toMatch(/\n\s+at /)
    })
  })
})

describe('https', () => {
  it('is spoken with the files given, and a renewed certificate is taken up on SIGHUP', async () => {
    const [cert, key] = [join(home, 'cert.pem'), join(home, 'key.pem')]
    const put = (name: string) => {
      copyFileSync(join(tls, `${name}.cert.pem`), cert)
      copyFileSync(join(tls, `${name}.key.pem`), key)
    }
    put('first')
    const program = serve(['--port', '0', '--host', '0.0.0.0'], {
      API_TLS_CERT_FILE: cert,
      API_TLS_KEY_FILE: key,
      LOG_LEVEL: 'info',
    })
    const port = new URL(await urlOf(program)).port
    const url = `https://127.0.0.1:${port}`
    const before = await askTls(`${url}/health/live`)
    expect(before).toMatchObject({status: 200, hsts: 'max-age=31536000'})
    copyFileSync(join(tls, 'renewed.cert.pem'), cert)
    program.process.kill('SIGHUP')
    await program.said(/the certificate was not renewed/)
    expect((await askTls(`${url}/health/live`)).serial).toBe(before.serial)
    put('renewed')
    program.process.kill('SIGHUP')
    await program.said(/the certificate was read again/)
    expect((await askTls(`${url}/health/live`)).serial).not.toBe(before.serial)
  })
})

function askTls(url: string): Promise<{status: number; hsts: unknown; serial: string}> {
  return new Promise((resolve, reject) => {
    get(url, {rejectUnauthorized: false, agent: false}, (response) => {
      const serial = (response.socket as TLSSocket).getPeerCertificate().serialNumber
      response
        .resume()
        .on('end', () =>
          resolve({status: response.statusCode ?? 0, hsts: response.headers['strict-transport-security'], serial}),
        )
    }).on('error', reject)
  })
}

describe.skipIf(!inject('postgres'))('several processes on PostgreSQL', () => {
  let place: Place
  beforeAll(async () => {
    place = await makePlace('postgres')
  })
  afterAll(() => place.remove())

  const inControl: ControlDb['read'] = async (query) => {
    const stores = await place.open()
    try {
      return await stores.control.read(query)
    } finally {
      await stores.close()
    }
  }
  const nodes = () => inControl((q) => q.selectFrom('nodes').select(['id', 'pid', 'url']).execute())

  it('serve one port as a node each, outlive the death of one, and stop together', {timeout: 60_000}, async () => {
    const program = serve(['--port', '0'], {...place.env(), API_WORKERS: '2', WHATSAPP_WEBHOOK_SECRET: 'shared-secret'})
    const url = await urlOf(program)
    const arrives = async (id: string) => {
      const message = {phoneNumberId: '1', id, from: '5511999990000', text: 'oi'}
      // A provider tries again where the connection broke.
      const send = () => postSigned(url, textWebhook([message]), 'shared-secret').catch(() => undefined)
      expect(await eventually(send)).toBe(200)
    }
    const isUp = async () => (await fetch(`${url}/health/ready`, {headers: {connection: 'close'}})).status
    await arrives('wamid.1')
    expect(program.stderr()).toMatch(/^PyTake is ready on \S+ · webhook \S+\n$/)
    const before = await nodes()
    expect(before.map((node) => node.url)).toEqual([url, url])
    const pids = before.map(({pid}) => pid)
    expect(new Set([...pids, program.process.pid]).size).toBe(3)

    process.kill(pids[0] ?? 0, 'SIGKILL')
    await arrives('wamid.2')
    await program.said(/a worker process ended/)
    for (let n = 0; n < 20; n++) expect(await isUp()).toBe(200)
    await eventually(async () => (await nodes()).some(({pid}) => !pids.includes(pid)), 20_000)
    for (let n = 0; n < 20; n++) expect(await isUp()).toBe(200)
    await eventually(async () => !(await nodes()).some(({pid}) => pid === pids[0]), 30_000)

    program.process.kill('SIGTERM')
    expect(await program.ended).toBe(0)
    expect(await nodes()).toEqual([])
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH')
    expect(program.stderr().match(/ready on/g)).toHaveLength(1)
    expect(await inControl((q) => q.selectFrom('dead_letters').select('id').execute())).toHaveLength(2)
  })

  it('tell once what keeps them from starting', async () => {
    const blocker = createServer()
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve))
    const {port} = blocker.address() as AddressInfo
    const program = serve(['--port', `${port}`], {...place.env(), API_WORKERS: '2'})
    expect(await program.ended).toBe(1)
    expect(program.stderr()).toMatch(
      /^✗ Port \d+ on 127\.0\.0\.1 is taken by another program\.\n {2}pytake serve --port N\n$/,
    )
    blocker.close()
  })

  it('are one on SQLite, which is said', async () => {
    const program = serve(['--port', '0'], {API_WORKERS: '4'})
    await urlOf(program)
    expect(program.stderr()).toMatch(/^! API_WORKERS is 4, but SQLite is served by one process\./)
  })
})
