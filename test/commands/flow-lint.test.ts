import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {run, type RunOptions} from '../support/cli.ts'

let cwd: string
const lint = (argv: readonly string[], more: RunOptions = {}) => run(['flow', 'lint', ...argv], {cwd, ...more})
const write = (name: string, text: string | Buffer) => writeFileSync(join(cwd, name), text)

const good = 'flow: bom\nnodes:\n  - {id: a, type: message, data: {text: Oi}}\n'
const warned = 'flow: aviso\nnodes:\n  - {id: w, type: wait}\n'
const bad = 'flow: ruim\nnodes:\n  - {id: a, type: message, data: {text: "Oi {{ contact.nme }}"}}\n'

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pytake-lint-'))
  for (const folder of ['flows/sub', 'clean', 'empty', 'project/meus', 'odd'])
    mkdirSync(join(cwd, folder), {recursive: true})
  write('flows/ruim.yaml', bad)
  write('flows/sub/aviso.yml', warned)
  write('flows/ruim.test.yaml', 'flow: ruim\ndialogues: []\n')
  write('flows/notes.txt', 'no flow')
  write('clean/bom.yaml', good)
  write('project/pytake.yaml', 'flows: meus\nlint: {rules: {dead-end: off}}\n')
  write('project/meus/aviso.yaml', warned)
})
afterAll(() => rmSync(cwd, {recursive: true, force: true}))

describe('flow lint', () => {
  it('takes flows/ unless told, all of it but tests, and ends with 3 for an error', async () => {
    const ran = await lint([])
    expect(ran.exitCode).toBe(3)
    expect(ran.stdout.split('\n')).toEqual([
      'flows/ruim.yaml:3:48\terror\ttemplate\t"contact.nme" is not known here. Did you mean "name"?',
      expect.stringMatching(/^flows\/sub\/aviso\.yml:3:10\twarn\tdead-end\t/),
      '',
    ])
    expect(ran.stderr).toContain('1 error and 1 warning in 2 files.')
    expect(ran.stderr).toContain('pytake flow lint --explain')
  })

  it('shows a person the file, the place and a caret', async () => {
    const {stdout} = await lint(['flows/ruim.yaml'], {terminal: 100, env: {NO_COLOR: '1'}})
    expect(stdout).toMatch(/^flows\/ruim\.yaml\n {2}3:48 {2}error {2}template {2}"contact\.nme" is not known/)
    expect(stdout).toMatch(/Oi \{\{ contact\.nme \}\}\n +\^\n/)
  })

  it('is content with good files and with warnings, up to --max-warnings', async () => {
    expect(await lint(['clean'])).toMatchObject({exitCode: 0, stdout: ''})
    expect((await lint(['flows/sub'])).exitCode).toBe(0)
    expect((await lint(['flows/sub', '--max-warnings', '1'])).exitCode).toBe(0)
    expect((await lint(['flows/sub', '--max-warnings', '0'])).exitCode).toBe(3)
  })

  it('changes severities by flag and by project file, the flag first', async () => {
    expect((await lint(['flows/sub', '--rule', 'dead-end=error'])).exitCode).toBe(3)
    expect((await lint(['flows/sub', '--rule', 'dead-end=off'])).stdout).toBe('')
    const project = join(cwd, 'project')
    expect(await lint([], {cwd: project})).toMatchObject({exitCode: 0, stdout: ''})
    expect((await lint([], {cwd: join(project, 'meus')})).stderr).toContain('1 file, no problems.')
    expect((await lint(['--rule', 'dead-end=warn'], {cwd: project})).stdout).toMatch(/^meus\/aviso\.yaml:3:10\twarn/)
  })

  it.each([
    ['a rule that is none', ['--rule', 'dead-endd=off'], /"dead-endd" is no rule.*Did you mean "dead-end"/s],
    ['a severity that is none', ['--rule', 'dead-end=loud'], /--rule dead-end=loud/],
    ['a rule that apply needs', ['--rule', 'syntax=off'], /cannot be set to off: flow apply refuses/],
    ['a file that is not there', ['nada.yaml'], /nada\.yaml is not there/],
    ['a folder without flows', ['empty'], /empty: there is no flow file/],
    ['a rule to explain that is none', ['--explain', 'dangling-egde'], /Did you mean "dangling-edge"/],
  ])('ends with 2 for %s', async (_what, argv, words) => {
    const ran = await lint(argv)
    expect(ran).toMatchObject({exitCode: 2, stdout: ''})
    expect(ran.stderr).toMatch(words)
  })

  it.each([
    ['lint: {rules: {nada: off}}', 2, /"nada" is no rule/],
    ['lint: {rules: [a]}', 3, /lint\.rules must hold a severity/],
    ['lint: {rulez: {}}', 3, /lint\.rulez is not known/],
    ['lint: {rules: {dead-end: {a: 1}}}', 3, /must hold a severity/],
  ])('says what is wrong with a project file: %s', async (text, exitCode, words) => {
    write('odd/pytake.yaml', text)
    const ran = await lint(['../clean'], {cwd: join(cwd, 'odd')})
    expect(ran).toMatchObject({exitCode, stdout: ''})
    expect(ran.stderr).toMatch(words)
  })

  it('reads standard input, and values of variables', async () => {
    const text = 'flow: a\nnodes:\n  - {id: a, type: message, data: {text: "${var.loja}"}}\n'
    expect((await lint(['-'], {stdin: text})).stdout).toMatch(/^stdin:3:\d+\terror\tunknown-variable/)
    expect(await lint(['-', '--var', 'loja=Centro'], {stdin: text})).toMatchObject({exitCode: 0, stdout: ''})
  })

  it('looks for the target of a jump in the same folder, in a project in all of it, and nowhere else', async () => {
    const jump = 'flow: vai\nnodes:\n  - {id: j, type: jump, data: {flow: longe}}\n'
    const far = 'flow: longe\nnodes:\n  - {id: a, type: end}\n'
    for (const folder of ['plain/sub', 'project/meus/sub']) mkdirSync(join(cwd, folder), {recursive: true})
    write('plain/vai.yaml', jump)
    write('plain/sub/longe.yaml', far)
    write('plain/latin.yaml', Buffer.from([0xff]))
    expect((await lint(['plain/vai.yaml'])).stdout).toMatch(/dangling-jump/)
    write('plain/longe.yaml', far)
    expect(await lint(['plain/vai.yaml'])).toMatchObject({exitCode: 0, stdout: ''})
    write('project/meus/vai.yaml', jump)
    write('project/meus/sub/longe.yaml', far)
    expect(await lint(['meus/vai.yaml'], {cwd: join(cwd, 'project')})).toMatchObject({exitCode: 0, stdout: ''})
    for (const file of ['vai.yaml', 'sub']) rmSync(join(cwd, 'project/meus', file), {recursive: true})
  })

  it.each<[string, string | Buffer, RegExp]>([
    ['ten megabytes', Buffer.alloc(10 * 1024 * 1024, 'a'), /:1:1\terror\tlimit/],
    ['nothing', '', /:1:1\terror\tsyntax\tThe file is empty/],
    ['bytes', Buffer.from([0xff, 0xfe, 0x00, 0x41]), /:1:1\terror\tsyntax\tThis is no UTF-8/],
  ])('tells of a file that holds %s', async (_what, content, words) => {
    write('odd/odd.yaml', content)
    const ran = await lint(['odd/odd.yaml'])
    expect(ran.exitCode).toBe(3)
    expect(ran.stdout).toMatch(words)
  })

  it('explains a rule and lists them all', async () => {
    const page = await lint(['--explain', 'window-may-close'])
    expect(page.stdout).toMatch(/^window-may-close {2}warn\n[^]*Bad:\n\n {2}flow: exemplo\n[^]*Good:\n/)
    expect(
      page.stdout
        .split('\n')
        .filter((line) => !line.startsWith('  '))
        .every((line) => line.length <= 80),
    ).toBe(true)
    expect((await lint(['--explain', 'syntax'])).stdout).toContain('cannot be switched off')
    expect((await lint(['--list'])).stdout).toMatch(/^syntax\terror\t[^]*\nrecursion\terror\t/)
    expect((await lint(['--explain', 'limit', '--json'])).json()).toMatchObject({id: 'limit', fixed: true, bad: [{}]})
  })
})

describe('flow lint for programs', () => {
  const nasty = 'flow: "x"\nnodes:\n  - {id: "a%,:\\nb<&>\\u0007", type: end}\n'
  beforeAll(() => write('odd/100% <a,b>.yaml', nasty))
  const of = (...argv: string[]) => lint(['odd/100% <a,b>.yaml', ...argv])

  it('answers in JSON', async () => {
    const ran = await of('--json')
    expect(ran.exitCode).toBe(3)
    expect(ran.json()).toMatchObject({
      findings: [{file: 'odd/100% <a,b>.yaml', line: 3, column: 10, rule: 'invalid-value', severity: 'error'}],
      errors: 1,
      warnings: 0,
    })
    expect((await of('--format', 'json')).json()).toEqual(ran.json())
  })

  it('answers in SARIF 2.1.0', async () => {
    const log = (await of('--format', 'sarif')).json()
    expect(log).toMatchObject({version: '2.1.0', $schema: expect.stringContaining('sarif-schema-2.1.0')})
    const [{tool, results}] = log.runs
    expect(tool.driver).toMatchObject({name: 'pytake flow lint', rules: [{id: 'invalid-value', shortDescription: {}}]})
    expect(results).toEqual([
      {
        ruleId: 'invalid-value',
        ruleIndex: 0,
        level: 'error',
        message: {text: expect.any(String)},
        locations: [
          {
            physicalLocation: {
              artifactLocation: {uri: 'odd/100%25%20%3Ca%2Cb%3E.yaml'},
              region: {startLine: 3, startColumn: 10},
            },
          },
        ],
      },
    ])
  })

  it('answers in workflow commands that nothing in a file can end early', async () => {
    write('odd/gh.yaml', 'flow: a\nnodes:\n  - {id: a, type: "x%\\n::error::y", next: b}\n')
    const {stdout} = await lint(['odd/gh.yaml', '--format', 'github'])
    expect(stdout).toMatch(
      /^::error file=odd\/gh\.yaml,line=3,col=19,title=unknown-node-type::"x%25%0A::error::y" is no node type/,
    )
    expect((await of('--format', 'github')).stdout).toMatch(/^::error file=odd\/100%25 <a%2Cb>\.yaml,line=3/)
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .every((line) => line.startsWith('::')),
    ).toBe(true)
  })

  it('answers in JUnit XML in which everything is escaped', async () => {
    write('odd/xml.yaml', 'flow: a\nnodes:\n  - {id: a, type: "<&>\\"\\u0007", next: b}\n')
    const {stdout} = await lint(['odd/xml.yaml', 'clean', 'flows/sub', '--format', 'junit'])
    expect(stdout).toContain('<testsuites name="pytake flow lint" tests="4" failures="2">')
    expect(stdout).toContain('&lt;&amp;&gt;&quot;\\u0007')
    expect(stdout).toContain('<testcase classname="clean/bom.yaml" name="lint"/>')
    expect(stdout).toMatch(/<system-out>flows\/sub\/aviso\.yml:3:10 /)
    expect(stdout).not.toMatch(/[\u0000-\u0008]/)
    expect(stdout.match(/<testcase/g)?.length).toBe(4)
  })
})

it('prints the schema of flow files', async () => {
  const schema = (await run(['flow', 'schema'], {cwd})).json()
  expect(schema).toMatchObject({$id: 'urn:pytake:flow:1', properties: {nodes: {}, edges: {}}})
})

it('leaves the template that ships without a finding', async () => {
  const template = readFileSync(join(import.meta.dirname, '../../templates/flows/boas-vindas.yaml'), 'utf8')
  expect(await lint(['-'], {stdin: template})).toMatchObject({exitCode: 0, stdout: ''})
})
