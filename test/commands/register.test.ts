import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {localAndRemote} from '../support/both-ways.ts'
import {run} from '../support/cli.ts'
import {startApi, type TestServer} from '../support/server.ts'
import {addCompany, addUser, PASSWORD} from '../support/signing-in.ts'
import {makePlace, type Place} from '../support/stores.ts'

const OTHER = 'another horse battery'

localAndRemote('one-time tokens', ({pytake, where, file}) => {
  const email = `ana-${where}@example.com`
  const invite = async () =>
    (await pytake(['user', 'create', '--email', email, '--invite', '--tenant', 'Nobody else', '--json'])).json().token

  it('make a user of an invitation, once, and a new password of a reset token, once', async () => {
    const invitation = await invite()
    const path = file(`invitation-${where}`, `${invitation}\n`)
    const argv = ['register', '--name', 'Ana Lima', '--invitation-file', path, '--password-file', '-', '--json']
    const own = where === 'remote' ? ['--context-name', 'ana'] : []
    const made = await pytake([...argv, ...own], {stdin: `${PASSWORD}\n`})
    expect(made.exitCode, made.stderr).toBe(0)
    expect(made.json()).toMatchObject({email, name: 'Ana Lima', role: 'user'})
    expect(made.stdout + made.stderr).not.toMatch(/pyi_|pyr_|"ey/)
    if (where === 'remote') {
      expect((await pytake(['context', 'show', '--json'])).json()).toMatchObject({name: 'ana', token_set: true})
      expect((await pytake(['logout'])).exitCode).toBe(0)
      await pytake(['context', 'use', 'there'])
    }
    const again = await pytake([...argv, ...own], {stdin: PASSWORD})
    expect(again).toMatchObject({exitCode: 4, stdout: ''})
    expect(again.error().message).toContain('used already')
    const {token} = (await pytake(['user', 'reset-password', email, '--tenant', 'Nobody else', '--json'])).json()
    const reset = ['password', 'reset', '--token-file', '-', '--password-file', file(`new-${where}`, OTHER), '--json']
    const set = await pytake(reset, {stdin: `${token}\n`})
    expect(set.exitCode, set.stderr).toBe(0)
    expect(set.json()).toMatchObject({email})
    expect((await pytake(reset, {stdin: token})).exitCode).toBe(4)
  })

  it.each<[string, string[], string, number, RegExp]>([
    ['both from stdin', ['--invitation-file', '-', '--password-file', '-'], PASSWORD, 2, /Only one of/],
    ['no invitation and nobody to ask', ['--password-file', '-'], PASSWORD, 2, /--invitation-file/],
    ['no password and nobody to ask', ['--invitation-file', '-'], 'pyi_x', 2, /--password-file/],
    ['a made-up invitation', ['--invitation-file', '-', '--password-file', 'pw'], 'pyi_made_up', 4, /not valid/],
    ['a company and no address', ['--company', 'Uma', '--password-file', '-'], PASSWORD, 2, /--email/],
    ['a closed door', ['--company', 'Uma', '--email', 'x@example.com', '--password-file', '-'], PASSWORD, 4, /invit/],
    ['an invitation and an address', ['--invitation-file', '-', '--email', 'x@example.com'], '', 2, /--email/],
  ])('register with %s says so', async (_what, more, stdin, exitCode, words) => {
    const path = file('pw', PASSWORD)
    const argv = more.map((one) => (one === 'pw' ? path : one))
    const name = ['--context-name', 'nobody']
    const ran = await pytake(['register', '--name', 'Eva', ...argv, ...name], {stdin})
    expect(ran.exitCode, ran.stderr).toBe(exitCode)
    expect(ran.stderr).toMatch(words)
    expect((await pytake(['context', 'list'])).stdout).not.toContain('nobody')
  })

  it('password reset with a weak one or a made-up token changes nothing', async () => {
    const made = await pytake(['password', 'reset', '--token-file', '-', '--password-file', file('pw', PASSWORD)], {
      stdin: 'pyp_made_up',
    })
    expect(made).toMatchObject({exitCode: 4, stdout: ''})
    const {token} = (await pytake(['user', 'reset-password', email, '--tenant', 'Nobody else', '--json'])).json()
    const weak = await pytake(['password', 'reset', '--token-file', '-', '--password-file', file('weak', 'short')], {
      stdin: token,
    })
    expect(weak.exitCode).toBe(2)
    expect(weak.stderr).toContain('10 characters')
  })
})

describe('with a server that one is not known to', () => {
  let place: Place
  let server: TestServer
  let folder: string
  const pytake = (argv: string[], stdin = '') => run(argv, {stdin, env: {XDG_CONFIG_HOME: folder}})

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pytake-register-'))
    place = await makePlace('sqlite')
    server = await startApi({...place.env(), AUTH_REGISTRATION: 'open'})
    await addUser(server.runtime, await addCompany(server.runtime, 'Uma'), 'bea@example.com')
  })
  afterAll(async () => {
    await server.close()
    await place.remove()
    rmSync(folder, {recursive: true, force: true})
  })

  it('makes a company and signs in; a context with tokens is not put out of its place', async () => {
    const argv = [
      ...['register', '--url', server.url, '--name', 'Ana', '--email', 'ana@example.com', '--company', 'Loja'],
      ...['--password-file', '-', '--json'],
    ]
    const made = await pytake(argv, PASSWORD)
    expect(made.exitCode, made.stderr).toBe(0)
    const {context} = made.json()
    expect(context).toBe(new URL(server.url).host)
    expect((await pytake(['tenant', 'list', '--json'])).json().data).toMatchObject([{name: 'Loja', plan: 'starter'}])
    const file = () => readFileSync(join(folder, 'pytake', 'contexts.json'), 'utf8')
    const before = file()
    const again = await pytake(
      argv.map((one) => (one === 'ana@example.com' ? 'eva@example.com' : one)),
      PASSWORD,
    )
    expect(again.exitCode).toBe(6)
    expect(again.stderr).toContain('--context-name')
    expect(file()).toBe(before)
    const users = await server.runtime.stores.control.read((db) => db.selectFrom('users').select('email').execute())
    expect(users.map(({email}) => email).sort(), 'nobody was made').toEqual(['ana@example.com', 'bea@example.com'])
  })

  it('asks for a token by mail, and says the same of nobody', async () => {
    const ask = (email: string) => pytake(['password', 'forgot', '--url', server.url, '--email', email, '--json'])
    const [known, unknown] = [await ask('bea@example.com'), await ask('ghost@example.com')]
    expect(known.exitCode, known.stderr).toBe(0)
    expect(known.stdout).toBe(unknown.stdout)
    const here = await run(['password', 'forgot', '--email', 'bea@example.com'], {env: place.env()})
    expect(here.exitCode).toBe(2)
    expect(here.stderr).toContain('pytake user reset-password bea@example.com')
  })
})
