import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {afterAll, beforeEach, expect, test} from 'vitest'
import {systemClock} from '../../src/base/clock.ts'
import {changeIn} from '../../src/cli/watch-folders.ts'
import {run, type RunOptions} from '../support/cli.ts'

const root = join(import.meta.dirname, '../..')
const made: string[] = []
let cwd: string

const flow = `flow: menu
trigger: {type: keyword, keywords: [oi]}
nodes:
  - {id: a, type: message, data: {text: Oi!, buttons: [Sim, Não]}, next: w}
  - id: w
    type: wait
    data: {timeout: 1h}
    next: [{if: "response == 'Sim'", to: b}, {if: "outcome == 'timeout'", to: c}, c]
  - {id: b, type: message, data: {text: Que bom.}}
  - {id: c, type: message, data: {text: Até logo.}}
`
const good = `flow: menu
dialogues:
  - name: diz sim
    steps: [{say: oi}, {expect: Oi!}, {tap: Sim}, {expect: Que bom.}]
  - name: diz não
    steps: [{say: oi}, {expect: Oi!}, {tap: Não}, {expect: Até logo.}]
  - name: nada diz
    steps: [{say: oi}, {expect: Oi!}, {silence: 1h}, {expect: Até logo.}]
`
const bad = good.replace('Que bom.', 'Que pena.')

function file(name: string, text: string): string {
  mkdirSync(dirname(join(cwd, name)), {recursive: true})
  writeFileSync(join(cwd, name), text)
  return name
}

const flowTest = (argv: readonly string[] = [], more: RunOptions = {}) => run(['flow', 'test', ...argv], {cwd, ...more})

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pytake-flow-test-'))
  made.push(cwd)
  file('flows/menu.yaml', flow)
})
afterAll(() => made.forEach((folder) => rmSync(folder, {recursive: true, force: true})))

test('plays every test of flows/, tells the coverage, and needs neither a store nor a server', async () => {
  file('flows/menu.test.yaml', good)
  const ran = await flowTest()
  expect(ran).toMatchObject({exitCode: 0, stderr: ''})
  expect(ran.stdout).toMatch(/^ ✓ flows\/menu\.test\.yaml {4}3 dialogues +[\d.]+ ms\n/)
  expect(ran.stdout).toMatch(/\n 3 dialogues · nodes 100 % · edges 100 % · [\d.]+ ms\n$/)
})

test('a failure shows the dialogue up to there, expected and got, and both places; exit 3', async () => {
  file('flows/menu.test.yaml', bad)
  const ran = await flowTest()
  expect(ran.exitCode).toBe(3)
  expect(ran.stdout.split('\n').slice(1, 8)).toEqual([
    '     "diz sim"',
    '        cliente  oi',
    '        bot      Oi! [Sim] [Não]',
    '        cliente  [Sim]',
    '      ✗ expected  bot: "Que pena."',
    '        got       bot: "Que bom."    flows/menu.yaml:9 (b)',
    '        flows/menu.test.yaml:4:60',
  ])
  expect(ran.stdout).toContain('3 dialogues, 1 failed · nodes 100 %')
  expect(ran.stderr).toContain('1 test file fails.')
})

test('finds tests by file, by the flow they are beside, by folder and by pattern; of the project from anywhere in it', async () => {
  file('flows/menu.test.yaml', good)
  file('flows/deep/other.yaml', flow.replace('menu', 'other'))
  file('flows/deep/other.test.yaml', good.replace('menu', 'other'))
  const files = async (argv: string[], more: RunOptions = {}) =>
    (await flowTest([...argv, '--json'], more)).json().files.map((one: {file: string}) => one.file)
  expect(await files(['flows/menu.test.yaml'])).toEqual(['flows/menu.test.yaml'])
  expect(await files(['flows/menu.yaml'])).toEqual(['flows/menu.test.yaml'])
  expect(await files(['flows/**/o*.yaml'])).toEqual(['flows/deep/other.test.yaml'])
  expect(await files(['flows'])).toEqual(['flows/deep/other.test.yaml', 'flows/menu.test.yaml'])
  file('pytake.yaml', 'name: loja\n')
  expect(await files([], {cwd: join(cwd, 'flows/deep')})).toEqual(['../deep/other.test.yaml', '../menu.test.yaml'])
})

test.each<[string, string[], RegExp]>([
  ['no test at all', [], /flows: there is no test file/],
  ['a flow without a test', ['flows/menu.yaml'], /has no test beside it/],
  ['a file that is not there', ['flows/x.test.yaml'], /x\.test\.yaml is not there/],
  ['a threshold over 100', ['--min-coverage', '101'], /101/],
  ['a threshold that is no number', ['--min-coverage', 'ninety'], /ninety/],
  ['a misspelt threshold', ['--min-covrage', '90'], /min-covrage/],
  ['a mutation threshold without mutations', ['--min-mutation', '90'], /--mutate/],
  ['a format that is none', ['--format', 'tap'], /tap/],
  ['an update of some', ['--update', '--filter', 'x'], /filter/],
  ['a variable without a value', ['--var', 'x'], /NAME=VALUE/],
])('%s is a usage error, exit 2', async (_, argv, message) => {
  const ran = await flowTest(argv)
  expect(ran).toMatchObject({exitCode: 2, stdout: ''})
  expect(ran.stderr).toMatch(message)
})

test('where there are no flows it says what to do', async () => {
  rmSync(join(cwd, 'flows'), {recursive: true})
  const ran = await flowTest()
  expect(ran.exitCode).toBe(2)
  expect(ran.stderr).toContain('pytake flow test path/to/flows')
})

test('a filter is a text or a pattern; one that fits nothing is an error', async () => {
  file('flows/menu.test.yaml', bad)
  const names = async (filter: string) =>
    (await flowTest(['--filter', filter, '--json'])).json().files[0].dialogues.map((one: {name: string}) => one.name)
  expect(await names('DIZ')).toHaveLength(3)
  expect(await names('diz não')).toEqual(['diz não'])
  expect(await names('/^(nada|diz s)/')).toEqual(['diz sim', 'nada diz'])
  expect((await flowTest(['--filter', 'diz não'])).exitCode).toBe(0)
  expect((await flowTest(['--filter', 'xyz'])).stderr).toContain('"xyz"')
  expect((await flowTest(['--filter', '/(/'])).exitCode).toBe(2)
})

test('too little coverage fails, and what no test reached is listed with its line', async () => {
  file('flows/menu.test.yaml', good.split('\n').slice(0, 6).join('\n'))
  const ran = await flowTest(['--min-coverage', '90'])
  expect(ran.exitCode).toBe(3)
  expect(ran.stdout).toContain("not reached  flows/menu.yaml:8  w → c  outcome == 'timeout'")
  expect(ran.stderr).toContain('75 % of the edges; 90 % are asked for')
  expect((await flowTest(['--min-coverage', '75'])).exitCode).toBe(0)
})

test('a flow that no test is for counts with nothing reached, unless one test file is named', async () => {
  file('flows/menu.test.yaml', good)
  file('flows/sub/nps.yaml', flow.replace('flow: menu', 'flow: nps').replace('[oi]', '[nota]'))
  file('flows/dados.json', '{"cidades": []}')
  const plain = await flowTest()
  expect(plain.exitCode).toBe(0)
  expect(plain.stdout).toContain('not reached  flows/sub/nps.yaml:4  a\n')
  expect(plain.stdout).toContain('nodes 50 % · edges 50 %')
  const asked = await flowTest(['flows', '--min-coverage', '60', '--json'])
  expect(asked.exitCode).toBe(3)
  expect(asked.stderr).toContain('reach 50 % of the nodes; 60 % are asked for')
  expect(asked.json()).toMatchObject({
    coverage: [
      {flow: 'menu', nodes: {reached: 4, total: 4}},
      {flow: 'nps', file: 'flows/sub/nps.yaml', nodes: {reached: 0, total: 4}, edges: {reached: 0, total: 4}},
    ],
  })
  expect((await flowTest(['flows/**/*.yaml', '--min-coverage', '60'])).exitCode).toBe(3)
  const one = await flowTest(['flows/menu.test.yaml', '--min-coverage', '100'])
  expect(one.exitCode, one.stdout).toBe(0)
  const mutated = await flowTest(['--mutate', '--min-mutation', '90'])
  expect(mutated.exitCode).toBe(3)
  expect(mutated.stdout).toMatch(/ ! flows\/sub\/nps\.yaml {2}0 of \d+ changes noticed/)
})

test('writes transcripts when asked to, and fails when one differs', async () => {
  file('flows/menu.test.yaml', good)
  const written = await flowTest(['--update'])
  expect(written).toMatchObject({exitCode: 0, stderr: '✓ flows/menu.transcript.txt written.\n'})
  const path = join(cwd, 'flows/menu.transcript.txt')
  expect(readFileSync(path, 'utf8')).toContain('"diz sim"\n  cliente  oi\n  bot      Oi! [Sim] [Não]\n')
  expect((await flowTest()).exitCode).toBe(0)
  file('flows/menu.yaml', flow.replace('buttons: [Sim, Não]', 'buttons: [Sim, Não, Talvez]'))
  const ran = await flowTest()
  expect(ran.exitCode).toBe(3)
  expect(ran.stdout).toContain('-  bot      Oi! [Sim] [Não]\n        +  bot      Oi! [Sim] [Não] [Talvez]')
  expect((await flowTest(['--update'])).exitCode).toBe(0)
  expect((await flowTest()).exitCode).toBe(0)
})

test('a test that fails writes no transcript', async () => {
  file('flows/menu.test.yaml', bad)
  expect((await flowTest(['--update'])).exitCode).toBe(3)
  expect(existsSync(join(cwd, 'flows/menu.transcript.txt'))).toBe(false)
})

test('tells it as JUnit, with what a test is named and what failed', async () => {
  file('flows/menu.test.yaml', bad.replace('diz sim', 'diz <sim> & "já"'))
  file('flows/x.test.yaml', 'flow: nada\ndialogues: [{name: x, steps: [{say: oi}, {expect: oi}]}]')
  const {stdout, exitCode} = await flowTest(['--format', 'junit'])
  expect(exitCode).toBe(3)
  expect(stdout).toMatch(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites>\n/)
  expect(stdout).toMatch(/<testsuite name="flows\/menu\.test\.yaml" tests="3" failures="1" time="\d+\.\d{3}">/)
  expect(stdout).toContain('name="diz &lt;sim&gt; &amp; &quot;já&quot;"')
  expect(stdout).toContain('expected bot: &quot;Que pena.&quot;&#10;got bot: &quot;Que bom.&quot;')
  expect(stdout).toContain('<testcase classname="flows/x.test.yaml" name="unknown-flow 1:7">')
  expect(stdout).toMatch(/<\/testsuites>\n$/)
})

test('tells it as JSON', async () => {
  file('flows/menu.test.yaml', bad)
  const {json, exitCode} = await flowTest(['--json'])
  expect(exitCode).toBe(3)
  expect(json()).toMatchObject({
    passed: false,
    summary: {dialogues: 3, failed: 1, problems: 0, nodes: 100, edges: 100},
    files: [
      {
        file: 'flows/menu.test.yaml',
        flow: 'menu',
        dialogues: [{passed: false, failure: {flow: {node: 'b', line: 9}}}, {}, {}],
      },
    ],
    coverage: [{flow: 'menu'}],
  })
})

test('changes that no test notices are listed; they fail only below what is asked for', async () => {
  file('flows/menu.test.yaml', good.split('\n').slice(0, 4).join('\n'))
  const ran = await flowTest(['--mutate'])
  expect(ran.exitCode).toBe(0)
  expect(ran.stdout).toMatch(/ ! flows\/menu\.yaml {2}\d of \d+ changes noticed/)
  expect(ran.stdout).toContain("flows/menu.yaml:8 (w)  without the edge w → c (outcome == 'timeout')")
  const asked = await flowTest(['--mutate', '--min-mutation', '100'])
  expect(asked.exitCode).toBe(3)
  expect(asked.stderr).toMatch(/notice \d+ % of the changes; 100 % are asked for/)
})

test('a variable of the deploy has its value from --var, or from the test file', async () => {
  file('flows/menu.yaml', flow.replace('Que bom.', '"Que bom, ${var.empresa}."'))
  file('flows/menu.test.yaml', good.replace('Que bom.', '"Que bom, XYZ."'))
  expect((await flowTest()).stdout).toContain('unknown-variable')
  expect((await flowTest(['--var', 'empresa=XYZ'])).exitCode).toBe(0)
})

test('watching sees a change, and ends when it is told to', async () => {
  const changed = changeIn([join(cwd, 'flows')], systemClock, new AbortController().signal)
  file('flows/menu.yaml', `${flow}\n`)
  expect(await changed).toBe(true)
  const stop = new AbortController()
  const stopped = changeIn([join(cwd, 'flows')], systemClock, stop.signal)
  stop.abort()
  expect(await stopped).toBe(false)
})

test('the flows that come with the program pass their tests, which reach nine tenths of them', async () => {
  const ran = await run(['flow', 'test', 'templates/flows', '--min-coverage', '90'], {cwd: root})
  expect(ran.exitCode, ran.stdout).toBe(0)
})

test('what the README shows passes', async () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const blocks = [...readme.matchAll(/```yaml (\S+)\n([\s\S]*?)```/g)]
  expect(blocks.map(([, name]) => name)).toEqual(['flows/nps.yaml', 'flows/nps.test.yaml'])
  rmSync(join(cwd, 'flows'), {recursive: true})
  for (const [, name = '', text = ''] of blocks) file(name, text)
  const ran = await flowTest(['--min-coverage', '90'])
  expect(ran.exitCode, ran.stdout).toBe(0)
})
