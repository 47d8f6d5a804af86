import {beforeAll, expect, it} from 'vitest'
import {localAndRemote} from '../support/both-ways.ts'

const greet = (text: string, more = '') => `# Saudação da loja
flow: ola
name: Olá
trigger: {type: keyword, keywords: [oi]}
nodes:
  - {id: a, type: message, data: {text: "${text}"}}${more}
`

localAndRemote('releases of a flow', ({where, pytake, file}) => {
  const tenant = `Versões ${where}`
  const t = ['-t', tenant]
  const apply = async (text: string, ...more: string[]) => {
    const ran = await pytake(['flow', 'apply', file(`${where}-ola.yaml`, greet(text)), ...t, '--yes', ...more])
    expect(ran.exitCode, ran.stderr).toBe(0)
  }
  beforeAll(async () => {
    await pytake(['tenant', 'create', '--name', tenant])
    await apply('Um', '--note', 'a primeira', '--commit', 'abc')
    await apply('Dois', '--commit', 'def')
  })

  it('are listed with who, what from and why', async () => {
    const page = (await pytake(['flow', 'history', 'ola', ...t, '--json'])).json()
    expect(page).toMatchObject({
      page: {total: 2, has_more: false},
      data: [
        {version: 2, live: true, commit: 'def', note: null, ci_url: null, people: 0},
        {version: 1, live: false, commit: 'abc', note: 'a primeira', author: expect.stringMatching(/\S/)},
      ],
    })
    const short = (await pytake(['flow', 'history', 'ola', ...t, '--limit', '1', '--json'])).json()
    expect(short).toMatchObject({page: {total: 2, has_more: true}, data: [{version: 2}]})
    expect((await pytake(['flow', 'history', 'ola', ...t])).stdout).toMatch(/^r2\tlive\t0\t.*\nr1\t\t0\t/)
    expect((await pytake(['flow', 'history', 'nada', ...t])).exitCode).toBe(5)
  })

  it('fit a terminal of 80 columns, with the whole time; where CI ran is in the release itself', async () => {
    const env = {
      ...{CI: 'true', GITHUB_SHA: '0123456789abcdef', GITHUB_SERVER_URL: 'https://git.example'},
      ...{GITHUB_REPOSITORY: 'a/b', GITHUB_RUN_ID: '7', NO_COLOR: '1'},
    }
    const other = file(`${where}-ci.yaml`, greet('CI').replace('flow: ola', 'flow: ci').replace('[oi]', '[ci]'))
    const note = 'Uma nota que é bem mais longa do que a linha'
    const applied = await pytake(['flow', 'apply', other, ...t, '--yes', '--note', note], {env})
    expect(applied.exitCode, applied.stderr).toBe(0)
    const {stdout} = await pytake(['flow', 'history', 'ci', ...t], {terminal: 80, env: {NO_COLOR: '1'}})
    const [head = '', row = ''] = stdout.split('\n')
    expect(head.split(/ +/)).toEqual(['release', 'state', 'people', 'published', 'by', 'commit', 'note'])
    expect(row).toMatch(/^r1 +live +0 +\d{4}-\d\d-\d\d \d\d:\d\d {2}\S+ +0123456 +Uma nota/)
    expect(Math.max(head.length, row.length)).toBeLessThanOrEqual(80)
    expect(stdout).not.toContain('https')
    expect((await pytake(['flow', 'show', 'ci', '--release', '1', ...t])).stdout).toContain(
      'ci\thttps://git.example/a/b/actions/runs/7\n',
    )
  })

  it('are shown one by one, with the file they were made of', async () => {
    const one = (await pytake(['flow', 'show', 'ola', '--release', '1', ...t, '--json'])).json()
    expect(one).toMatchObject({version: 2, shown: {version: 1, note: 'a primeira'}, source: greet('Um')})
    expect((await pytake(['flow', 'show', 'ola', '--release', '1', ...t])).stdout).toMatch(
      /release\tr1 .* \(live is r2\)/,
    )
    expect((await pytake(['flow', 'show', 'ola', '--release', '9', ...t])).exitCode).toBe(5)
  })

  it('are compared with each other, with what is live and with files', async () => {
    const between = await pytake(['flow', 'diff', 'ola@1', 'ola@r2', ...t, '--exit-code'])
    expect(between).toMatchObject({exitCode: 10, stdout: '~ a.text   "Um" → "Dois"\n'})
    expect((await pytake(['flow', 'diff', 'ola@1', ...t])).stdout).toBe('~ a.text   "Um" → "Dois"\n')
    const path = file(`${where}-tres.yaml`, greet('Três'))
    expect((await pytake(['flow', 'diff', path, ...t])).stdout).toBe('~ a.text   "Dois" → "Três"\n')
    expect((await pytake(['flow', 'diff', 'ola@1', path, ...t])).stdout).toBe('~ a.text   "Um" → "Três"\n')
    const same = await pytake(['flow', 'diff', 'ola', ...t, '--exit-code', '--json'])
    expect(same.exitCode).toBe(0)
    expect(same.json()).toEqual({head: [], nodes: [], edges: [], same: true})
  })

  it.each([
    [['ola@9'], 5, /Release 9/],
    [['nada'], 5, /nada/],
    [['ola@x'], 2, /FLOW@3/],
    [['/no/such.yaml'], 2, /not there/],
  ])('are not compared when there is none: %s', async (argv, exitCode, message) => {
    const ran = await pytake(['flow', 'diff', ...argv, ...t, '--json'])
    expect(ran.exitCode).toBe(exitCode)
    expect(ran.error().message).toMatch(message)
  })

  it('are rolled back to the one before, which is a plan like any other', async () => {
    expect((await pytake(['flow', 'rollback', 'ola', ...t])).stderr).toMatch(/r2 → r3[\s\S]*"Dois" → "Um"[\s\S]*--yes/)
    const ran = await pytake(['flow', 'rollback', 'ola', ...t, '--yes', '--json'])
    expect(ran.exitCode, ran.stderr).toBe(0)
    expect(ran.json().data).toMatchObject([{action: 'changed', version: 3, nodes: [{data: {text: 'Um'}}]}])
    const [newest] = (await pytake(['flow', 'history', 'ola', ...t, '--json'])).json().data
    expect(newest).toMatchObject({version: 3, live: true, note: 'rollback to r1', commit: null})
    const back = (await pytake(['flow', 'show', 'ola', ...t, '--json'])).json()
    expect(back.source).toBe(greet('Um'))
    expect((await pytake(['flow', 'rollback', 'ola', '--to', '2', ...t, '--yes'])).exitCode).toBe(0)
    expect((await pytake(['flow', 'rollback', 'ola', '--to', '9', ...t, '--yes'])).exitCode).toBe(5)
  })

  it('are not rolled back where there is only one, and bring a removed flow back', async () => {
    const only = greet('Só').replace('flow: ola', 'flow: so').replace('[oi]', '[so]')
    await pytake(['flow', 'apply', '-', ...t, '--yes'], {stdin: only})
    const ran = await pytake(['flow', 'rollback', 'so', ...t, '--yes', '--json'])
    expect(ran).toMatchObject({exitCode: 6, stdout: ''})
    await pytake(['flow', 'remove', 'so', ...t, '--yes'])
    const back = await pytake(['flow', 'rollback', 'so', ...t, '--yes', '--json'])
    expect(back.json().data).toMatchObject([{flow: 'so', is_active: true, version: 2}])
  })
})
