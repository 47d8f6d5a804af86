import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {run} from '../support/cli.ts'

let cwd: string
const write = (name: string, text: string) => writeFileSync(join(cwd, name), text)
const explore = (argv: string[], terminal?: number) => run(['flow', 'explore', ...argv], {cwd, terminal})
const flow = (next: string) => `flow: a
trigger: {type: keyword, keywords: [oi]}
nodes:
  - {id: p, type: message, data: {text: "Aqui é a \${var.empresa}. Sim?", buttons: [Sim, Não]}, next: w}
  - {id: w, type: wait, data: {timeout: 1h}, next: ${next}}
  - {id: c, type: api_call, data: {url: "https://x.example.com"}, next: [{if: "outcome != 'ok'", to: f}, f]}
  - {id: f, type: end}
`
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pytake-explore-'))
  mkdirSync(join(cwd, 'pasta'))
  write('pytake.yaml', 'variables: {empresa: Loja}')
  write('good.yaml', flow(`[{if: "outcome == 'timeout'", to: f}, c]`))
  write('warned.yaml', flow('c').replace('flow: a', 'flow: b'))
  write(
    'bad.yaml',
    flow(`[{if: "outcome == 'timeout'", to: f}, c]`).replace(`[{if: "outcome != 'ok'", to: f}, f]`, 'f'),
  )
})
afterAll(() => rmSync(cwd, {recursive: true, force: true}))

describe('flow explore', () => {
  it('says what it walked when nothing goes wrong, with the values of the project', async () => {
    const ran = await explore(['good.yaml'], 100)
    expect(ran).toMatchObject({exitCode: 0, stderr: ''})
    expect(ran.stdout).toMatch(
      /^ nothing found · \d+ places, \d+ ends, at most \d inputs deep · nodes 100 % · edges 100 %\n$/,
    )
    const piped = await explore(['good.yaml'])
    expect(piped).toMatchObject({exitCode: 0, stdout: '', stderr: expect.stringContaining('nothing found · ')})
  })

  it('tells warnings with the way there; they are an error only when too many', async () => {
    const ran = await explore(['warned.yaml'], 100)
    expect(ran).toMatchObject({exitCode: 0, stderr: expect.stringContaining('1 warning.')})
    expect(ran.stdout.replace(/\u001b\[\d+m/g, '')).toContain(
      [
        ' ! warned.yaml:5:5  dead-end  No edge of "w" takes "timeout": the customer is left without a word.',
        '     a customer',
        '     cliente  oi',
        '     bot      Aqui é a Loja. Sim? [Sim] [Não]',
        '     tempo    1h',
        '',
      ].join('\n'),
    )
    expect(await explore(['warned.yaml', '--max-warnings', '0'])).toMatchObject({exitCode: 3})
  })

  it('ends with 3 for an error; rows in a pipe, everything in JSON', async () => {
    const ran = await explore(['bad.yaml'])
    expect(ran).toMatchObject({exitCode: 3, stderr: expect.stringContaining('2 errors')})
    expect(ran.stdout.split('\n')[0]).toBe(
      'bad.yaml:6:5\terror\tfailure\tNo edge of "c" takes "http_error": the session fails.',
    )
    const {findings, coverage, complete} = (await explore(['bad.yaml', '--json'])).json()
    expect(findings[0]).toMatchObject({rule: 'failure', node: 'c', lines: expect.any(Array)})
    expect({complete, edges: coverage.edges}).toEqual({complete: true, edges: {reached: 4, total: 4}})
  })

  it('says when a limit stopped it', async () => {
    expect((await explore(['good.yaml', '--depth', '1'], 100)).stdout).toContain('a limit stopped it')
  })

  it.each([
    ['a file that is not there', ['nada.yaml'], 2, /nada\.yaml is not there/],
    ['a folder', ['pasta'], 2, /is a folder/],
    ['no file', [], 2, /file/],
    ['no depth', ['good.yaml', '--depth', '0'], 2, /depth|0/],
    ['a file with mistakes', ['pytake.yaml'], 3, /unknown-key/],
  ])('refuses %s', async (_what, argv, exitCode, message) => {
    const ran = await explore(argv)
    expect(ran).toMatchObject({exitCode, stdout: ''})
    expect(ran.stderr).toMatch(message)
  })
})
