import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {run} from '../support/cli.ts'

const flow = `flow: menu
trigger: {type: keyword, keywords: [oi]}
nodes:
  - {id: a, type: message, data: {text: "Oi!", buttons: [Sim, Não]}, next: w}
  - {id: w, type: wait, data: {timeout: 1h}, next: [{if: "response == 'Sim'", to: b}, {if: "outcome == 'timeout'", to: f}, f]}
  - {id: b, type: message, data: {text: "Bom."}, next: f}
  - {id: f, type: end}
`
const tests = `flow: menu\ndialogues: [{name: não, steps: [{say: oi}, {expect: Oi!}, {tap: Não}], then: {node: f}}]`

let cwd: string
const write = (name: string, text: string) => writeFileSync(join(cwd, name), text)
const graph = (...argv: string[]) => run(['flow', 'graph', ...argv], {cwd})
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pytake-graph-'))
  write('menu.yaml', flow)
  write('menu.test.yaml', tests)
  write('untested.yaml', flow.replace('flow: menu', 'flow: untested'))
  write('broken.yaml', flow.replace('to: b', 'to: nada'))
})
afterAll(() => rmSync(cwd, {recursive: true, force: true}))

describe('flow graph', () => {
  it('draws text unless told otherwise, and each format by its name or by the end of the file', async () => {
    expect((await graph('menu.yaml')).stdout).toMatch(
      /^menu {2}menu {2}keyword: oi\n\na {2}message {2}Oi! \[Sim\] \[Não\]\n {2}→ w\n/,
    )
    expect((await graph('menu.yaml', '--format', 'mermaid')).stdout).toContain('flowchart TD\n')
    for (const [file, begin] of [
      ['x.svg', '<svg '],
      ['x.dot', 'digraph '],
      ['x.mmd', '---\n'],
      ['x.txt', 'menu  menu'],
    ] as const) {
      expect(await graph('menu.yaml', '-o', file)).toMatchObject({
        exitCode: 0,
        stdout: '',
        stderr: `✓ ${file} written.\n`,
      })
      expect(readFileSync(join(cwd, file), 'utf8').startsWith(begin), file).toBe(true)
    }
  })

  it('marks what the test beside it does not reach; without a test that is everything', async () => {
    const {edges, nodes} = (await graph('menu.yaml', '--coverage', '--json')).json()
    expect(nodes.filter((node: {reached: boolean}) => !node.reached).map((node: {id: string}) => node.id)).toEqual([
      'b',
    ])
    expect(edges.map((edge: {reached: boolean}) => edge.reached)).toEqual([true, false, false, true, false])
    expect((await graph('untested.yaml', '--coverage')).stdout).not.toContain('✓')
    expect((await graph('menu.yaml', '--json')).json().nodes[0]).not.toHaveProperty('reached')
  })

  it.each([
    ['a file that does not say its format', ['menu.yaml', '-o', 'x.png'], 2, /--format/],
    ['a format that is none', ['menu.yaml', '--format', 'png'], 2, /png/],
    ['a file that is not there', ['nada.yaml'], 2, /is not there/],
    ['a flow with an error', ['broken.yaml'], 3, /dangling-edge|no node of this flow/],
    ['a file that cannot be written', ['menu.yaml', '-o', 'nada/x.svg'], 2, /nada\/x\.svg/],
  ])('refuses %s', async (_what, argv, exitCode, message) => {
    const ran = await graph(...argv)
    expect(ran).toMatchObject({exitCode, stdout: ''})
    expect(ran.stderr).toMatch(message)
  })
})
