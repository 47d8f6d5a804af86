import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {afterAll, beforeEach, describe, expect, it} from 'vitest'
import {localAndRemote} from '../support/both-ways.ts'
import {run} from '../support/cli.ts'

const flow = `flow: ola
trigger: {type: keyword, keywords: [oi]}
nodes:
  - {id: a, type: message, data: {text: "Aqui é a \${var.empresa}."}, next: b}
  - {id: b, type: wait, data: {tries: "\${var.tentativas}", expect: number}, next: [{if: "outcome == 'invalid'", to: c}, c]}
  - {id: c, type: end}
`
const project = `
variables: {empresa: Loja, tentativas: 2}
contexts:
  production: {tenant: Produção, variables: {empresa: Loja de verdade}}
  staging:
`
const testOf = (empresa: string) =>
  `flow: ola\ndialogues: [{name: oi, steps: [{say: oi}, {expect: "Aqui é a ${empresa}."}, {say: x}, {expect: {contains: número}}, {say: x}], then: {node: c}}]`

const bomb = `a: &a [${'1, '.repeat(99)}1]
b: &b [${'*a, '.repeat(9)}*a]
c: &c [${'*b, '.repeat(9)}*b]
d: &d [${'*c, '.repeat(9)}*c]
e: [${'*d, '.repeat(9)}*d]
`
const made: string[] = []
let cwd: string
const write = (path: string, text: string | Buffer) => {
  mkdirSync(dirname(join(cwd, path)), {recursive: true})
  writeFileSync(join(cwd, path), text)
}
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pytake-values-'))
  made.push(cwd)
  write('flows/ola.yaml', flow)
  write('pytake.yaml', project)
})
afterAll(() => made.forEach((folder) => rmSync(folder, {recursive: true, force: true})))

const pytake = (argv: string[], env: Record<string, string> = {}) =>
  run(argv, {cwd, env: {XDG_CONFIG_HOME: join(cwd, 'config'), ...env}})
const findings = async (...argv: string[]) =>
  (await pytake(['flow', 'lint', '--json', ...argv])).json().findings.map((one: {message: string}) => one.message)

describe('values of a project', () => {
  it.each([
    ['those for everywhere', [], {}, 'Loja'],
    ['those of --context', ['--context', 'production'], {}, 'Loja de verdade'],
    ['those of PYTAKE_CONTEXT', [], {PYTAKE_CONTEXT: 'production'}, 'Loja de verdade'],
    ['those of a context that has none of its own', ['--context', 'staging'], {}, 'Loja'],
    ['a --var over all', ['--context', 'production', '--var', 'empresa=Outra'], {}, 'Outra'],
  ])('are %s', async (_what, argv, env, empresa) => {
    write('flows/ola.test.yaml', testOf(empresa))
    const ran = await pytake(['flow', 'test', ...argv], env)
    expect(ran, ran.stdout).toMatchObject({exitCode: 0})
  })

  it('are of a context that somebody knows: the project or this user', async () => {
    for (const verb of ['lint', 'test']) {
      const ran = await pytake(['flow', verb, '--context', 'prodution'])
      expect(ran).toMatchObject({exitCode: 2, stdout: ''})
      expect(ran.stderr).toContain('There is no context "prodution"')
      expect(ran.stderr).toContain('Did you mean "production"?')
    }
    expect((await pytake(['flow', 'lint'], {PYTAKE_CONTEXT: 'nada'})).stderr).toContain(
      'Known: production, staging, local.',
    )
    expect(await pytake(['flow', 'lint', '--context', 'local'])).toMatchObject({exitCode: 0})
  })

  it("are those of the project file's own context", async () => {
    write('pytake.yaml', `context: production\n${project}`)
    write('flows/ola.test.yaml', testOf('Loja de verdade'))
    expect(await pytake(['flow', 'test'])).toMatchObject({exitCode: 0})
  })

  it("a test's own come first", async () => {
    write('flows/ola.test.yaml', `variables: {empresa: Teste}\n${testOf('Teste')}`)
    expect(await pytake(['flow', 'test'])).toMatchObject({exitCode: 0})
  })

  it('may be missing in one context, and lint says in which', async () => {
    expect(await findings()).toEqual([])
    write('pytake.yaml', project.replace('empresa: Loja, ', ''))
    expect(await findings('--context', 'production')).toEqual(['${var.empresa} has no value in context staging.'])
    expect(await findings('--context', 'staging')).toEqual(['${var.empresa} has no value.'])
    expect(await findings('--var', 'empresa=X')).toEqual([])
  })

  it('that are missing are one finding, not also one about the form of what is not there', async () => {
    write('pytake.yaml', 'variables: {empresa: X}')
    expect(await findings()).toEqual(['${var.tentativas} has no value.'])
  })

  it('refuse a project file that is too large, and take one with nothing but comments', async () => {
    write('pytake.yaml', `name: ${'a'.repeat(1_048_576)}`)
    const ran = await pytake(['flow', 'lint'])
    expect(ran.exitCode).toBe(2)
    expect(ran.stderr).toContain('pytake.yaml is larger than 1 MB')
    write('pytake.yaml', '# name: loja\n')
    write('flows/ola.yaml', flow.replace('Aqui é a ${var.empresa}.', 'Oi.').replace('"${var.tentativas}"', '2'))
    expect(await findings()).toEqual([])
  })

  it.each([
    ['a list', 'variables: [a]', 'variables must hold a value for each name'],
    ['a name with a blank', 'variables: {"a b": 1}', 'variables.a b is no name'],
    [
      'a list of values',
      'variables:\n  a: [1, 2]',
      'pytake.yaml:2:6: variables.a must be text, a number, true or false',
    ],
    ['a value that is missing', 'variables: {a: }', 'variables.a must be text'],
    ['a misspelt key', 'name: loja\nvariabels: {a: 1}', 'pytake.yaml:2:1: variabels is not known.'],
    ['a misspelt key, with the right one', 'variabels: {a: 1}', 'Did you mean "variables"?'],
    ['a key that nothing is near', 'cor: azul', 'Known here: tenant, context, name'],
    ['a key that stands twice', 'name: a\nname: b', 'pytake.yaml:2:1: The key "name" stands here twice.'],
    ['a bomb of aliases', bomb, 'makes more than 100000 values.'],
    ['a tab that indents', 'variables:\n\ta: 1', 'pytake.yaml:2:1: A tab cannot indent. Use spaces.'],
    ['bytes that are no UTF-8', Buffer.from('name: S\xe3o', 'latin1'), 'pytake.yaml:1:8: This is no UTF-8.'],
    ['a NUL', 'name: "a\0b"', 'The control character U+0000'],
    ['a number that JSON lacks', 'variables: {a: .inf}', 'variables.a must be'],
    ['contexts that are a list', 'contexts: [production]', 'contexts must hold'],
    ['a context that is a text', 'contexts: {production: https://x}', 'contexts.production must hold'],
    ['a misspelt key of a context', 'contexts: {production: {variable: {}}}', 'Did you mean "variables"?'],
    ['a tenant that is a number', 'contexts: {production: {tenant: 7}}', 'contexts.production.tenant must be text'],
  ])('refuse %s by its place', async (_what, text, message) => {
    write('pytake.yaml', text)
    const ran = await pytake(['flow', 'lint'])
    expect(ran).toMatchObject({exitCode: 3, stdout: ''})
    expect(ran.stderr).toContain(message)
  })

  it('tells all that is wrong with it in one go, in the order of the file', async () => {
    write(
      'pytake.yaml',
      'flowz: a\nvariables: {empresa: [1], "a b": 1}\ncontexts: {production: {tenantt: x, tenant: 7}}\nlint: {rules: {dead-end: 1}}\n',
    )
    const ran = await pytake(['flow', 'lint'])
    expect(ran.exitCode).toBe(3)
    expect(ran.stderr).toContain('pytake.yaml has 6 problems\n')
    expect([...ran.stderr.matchAll(/^ {4}(\d+:\d+) (\S+)/gm)].map(([, at, what]) => `${at} ${what}`)).toEqual([
      '1:1 flowz',
      '2:22 variables.empresa',
      '2:27 variables.a',
      '3:25 contexts.production.tenantt',
      '3:45 contexts.production.tenant',
      '4:26 lint.rules.dead-end',
    ])
    expect(ran.stderr).toContain('Did you mean "tenant"?')
  })
})

localAndRemote('flow apply', ({where, pytake: there}) => {
  it('fills in the values of the project, and a missing one is told before anything is changed', async () => {
    const tenant = `Valores ${where}`
    await there(['tenant', 'create', '--name', tenant])
    write('pytake.yaml', `tenant: ${tenant}\n${project}`)
    const applied = await there(['flow', 'apply', 'flows', '--yes', '--json'], {cwd})
    expect(applied.exitCode, applied.stderr).toBe(0)
    expect(applied.json().data[0].nodes).toMatchObject([{data: {text: 'Aqui é a Loja.'}}, {data: {tries: 2}}, {}])
    write('pytake.yaml', `tenant: ${tenant}\n`)
    const refused = await there(['flow', 'apply', 'flows', '--yes'], {cwd})
    expect(refused).toMatchObject({exitCode: 3, stdout: ''})
    expect(refused.stderr).toContain('${var.empresa} has no value')
  })
})
