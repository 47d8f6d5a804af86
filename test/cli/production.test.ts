import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {invoke} from '../../src/operations/invoke.ts'
import {createTokenOperation} from '../../src/operations/tokens.ts'
import {run} from '../support/cli.ts'
import {startApi, type TestServer} from '../support/server.ts'
import {addCompany, addUser, PASSWORD, shell} from '../support/signing-in.ts'
import {makePlace, type Place} from '../support/stores.ts'

const FLOW = `flow: ola
trigger: {type: keyword, keywords: [oi]}
nodes: [{id: a, type: message, data: {text: Oi}}]
`

describe('a context that is production', () => {
  let place: Place
  let server: TestServer
  let folder: string
  const cli = (...argv: string[]) => run(argv, {env: {XDG_CONFIG_HOME: folder}, cwd: folder, stdin})
  let stdin = ''

  beforeAll(async () => {
    place = await makePlace('sqlite')
    server = await startApi(place.env())
    folder = mkdtempSync(join(tmpdir(), 'pytake-production-'))
    const tenant = await addCompany(server.runtime, 'Uma')
    await addUser(server.runtime, tenant, 'ana@example.com', 'admin')
    stdin = (await invoke(server.runtime, createTokenOperation, {name: 'a'}, {...shell, tenant})).token
    for (const name of ['live', 'test']) {
      const marks = name === 'live' ? ['--production'] : []
      const added = await cli('context', 'add', name, '--url', server.url, '--token-stdin', ...marks)
      expect(added.exitCode, added.stderr).toBe(0)
    }
    await cli('context', 'use', 'live')
  })
  afterAll(async () => {
    await server.close()
    await place.remove()
    rmSync(folder, {recursive: true, force: true})
  })

  const phones = async () => ((await cli('contact', 'list', '--json')).json().data as {phone: string}[]).length

  it('says so, and is read as any other', async () => {
    expect((await cli('context', 'list', '--json')).json().data).toMatchObject([
      {name: 'local', production: false},
      {name: 'live', production: true},
      {name: 'test', production: false},
    ])
    expect((await cli('context', 'show')).stdout).toMatch(/production\s+yes/)
    expect(await phones()).toBe(0)
  })

  it('is changed by who names it, and by nobody else', async () => {
    const add = ['contact', 'add', '+5511987650001', '--name', 'Maria']
    const refused = await cli(...add)
    expect(refused.exitCode).toBe(2)
    expect(refused.stderr).toMatch(/\[production live\]/)
    expect(refused.stderr).toMatch(/--confirm live/)
    const another = await cli(...add, '--confirm', 'test')
    expect([another.exitCode, another.stderr]).toEqual([2, expect.stringContaining('acts on live')])
    expect(await phones()).toBe(0)
    expect((await cli(...add, '--confirm', 'live')).exitCode).toBe(0)
    expect(await phones()).toBe(1)
    expect((await cli('contact', 'edit', '+5511987650001', '--name', 'Ana', '--context', 'test')).exitCode).toBe(0)
  })

  it('asks of --yes too which place is meant; its name answers both', async () => {
    const set = await run(['secret', 'set', 'KEY', '--file', '-', '--confirm', 'live'], {
      ...{env: {XDG_CONFIG_HOME: folder}, cwd: folder, stdin: 'hush'},
    })
    expect(set.exitCode, set.stderr).toBe(0)
    const yes = await cli('secret', 'remove', 'KEY', '--yes')
    expect([yes.exitCode, yes.stderr]).toEqual([2, expect.stringContaining('--confirm live')])
    expect((await cli('secret', 'remove', 'KEY', '--confirm', 'live')).exitCode).toBe(0)
  })

  it('takes a saved plan as it is', async () => {
    writeFileSync(join(folder, 'ola.yaml'), FLOW)
    expect((await cli('flow', 'apply', 'ola.yaml', '--yes')).exitCode).toBe(2)
    const planned = await cli('flow', 'plan', 'ola.yaml', '-o', 'plan.json')
    expect(planned.stderr).not.toMatch(/--confirm/)
    const applied = await cli('flow', 'apply', 'plan.json', '--yes')
    expect(applied.exitCode, applied.stderr).toBe(0)
    const again = await cli('flow', 'apply', 'ola.yaml', '--confirm', 'live')
    expect(again.exitCode, again.stderr).toBe(0)
  })

  it('stays one through signing in, out, and in again', async () => {
    stdin = PASSWORD
    const login = ['login', '--email', 'ana@example.com', '--password-file', '-']
    const marked = async () =>
      (await cli('context', 'list', '--json')).json().data.filter((row: {production: boolean}) => row.production)
    expect((await cli(...login, '--url', server.url, '--name', 'mine', '--production')).exitCode).toBe(0)
    expect(await marked()).toHaveLength(2)
    const out = await cli('logout')
    expect(out.exitCode, out.stderr).toBe(0)
    expect((await cli(...login)).exitCode).toBe(0)
    expect(await marked()).toHaveLength(2)
    expect((await cli('context', 'remove', 'mine', '--yes')).exitCode).toBe(0)
  })
})
