import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {parse} from 'yaml'
import {afterAll, beforeAll, beforeEach, describe, expect, it} from 'vitest'
import {run} from '../support/cli.ts'
import {buildProgram, startProgram} from '../support/program.ts'

const made: string[] = []
let cwd: string
const pytake = (...argv: string[]) => run(argv, {cwd})
const text = (path: string) => readFileSync(join(cwd, path), 'utf8')
const files = (folder: string) =>
  readdirSync(join(cwd, folder), {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(cwd, folder).length + 1))
    .sort()
function write(path: string, content: string) {
  mkdirSync(dirname(join(cwd, path)), {recursive: true})
  writeFileSync(join(cwd, path), content)
}

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pytake-init-'))
  made.push(cwd)
})
afterAll(() => made.forEach((folder) => rmSync(folder, {recursive: true, force: true})))

describe('init', () => {
  it('makes a project whose flows lint clean and pass their tests', async () => {
    const ran = await pytake('init', 'loja')
    expect(ran).toMatchObject({exitCode: 0, stdout: expect.stringContaining('+\tloja/pytake.yaml\twritten\n')})
    expect(ran.stderr).toContain('cd loja && pytake flow test')
    expect(files('loja')).toEqual([
      '.github/workflows/flows.yml',
      'campaigns/.gitignore',
      'campaigns/README.md',
      'flows/boas-vindas.test.yaml',
      'flows/boas-vindas.yaml',
      'pytake.yaml',
    ])
    expect(parse(text('loja/pytake.yaml'))).toMatchObject({name: 'loja', flows: 'flows', campaigns: 'campaigns'})
    const inside = {cwd: join(cwd, 'loja')}
    expect(await run(['flow', 'lint', '--max-warnings', '0'], inside)).toMatchObject({exitCode: 0})
    expect(await run(['flow', 'test', '--min-coverage', '100'], inside)).toMatchObject({exitCode: 0})
  })

  it('makes a project of any template that lints clean and passes its tests, with whatever it jumps to and needs', async () => {
    const {data: templates} = (await pytake('flow', 'templates', '--json')).json()
    expect(templates.length).toBeGreaterThanOrEqual(10)
    for (const {template, variables, flows} of templates) {
      const ran = await pytake('init', template, '--template', template)
      expect(ran).toMatchObject({exitCode: 0})
      for (const name of variables.filter((one: string) => one !== 'empresa')) expect(ran.stderr).toContain(name)
      for (const flow of flows) expect(files(`${template}/flows`)).toContain(`${flow}.yaml`)
      const inside = {cwd: join(cwd, template)}
      expect(await run(['flow', 'lint', '--max-warnings', '0'], inside), template).toMatchObject({exitCode: 0})
      expect(await run(['flow', 'test', '--min-coverage', '90'], inside), template).toMatchObject({exitCode: 0})
    }
  })

  it('takes a name, several flows and the other workflow, or none', async () => {
    await pytake(
      'init',
      '--name',
      'Provedor "X"',
      '--template',
      'segunda-via',
      '--template',
      'novidades',
      '--ci',
      'gitlab',
    )
    expect(parse(text('pytake.yaml'))).toMatchObject({name: 'Provedor "X"'})
    expect(files('flows')).toEqual([
      'novidades.test.yaml',
      'novidades.yaml',
      'segunda-via.test.yaml',
      'segunda-via.yaml',
    ])
    expect(text('.gitlab-ci.yml')).toContain('pytake flow test')
    await pytake('init', 'bare', '--ci', 'none')
    expect(files('bare').filter((file) => file.endsWith('.yml'))).toEqual([])
  })

  it.each(['github', 'gitlab'])('the workflow of %s is YAML and installs this very version', async (ci) => {
    const {version} = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'))
    await pytake('init', '--ci', ci)
    const workflow = text(ci === 'github' ? '.github/workflows/flows.yml' : '.gitlab-ci.yml')
    expect(parse(workflow)).toBeTypeOf('object')
    const installed = [...workflow.matchAll(/install --global (\S+)/g)].map((match) => match[1])
    expect(new Set(installed)).toEqual(new Set([`pytake@${version}`]))
    expect(workflow).toContain('pytake flow plan flows --context production')
  })

  it('replaces nothing unless told to, and writes nothing at all when it may not', async () => {
    write('flows/boas-vindas.yaml', 'mine')
    const refused = await pytake('init')
    expect(refused).toMatchObject({exitCode: 6, stdout: ''})
    expect(refused.stderr).toMatch(/flows\/boas-vindas\.yaml.*\n.*--keep.*--force/)
    expect(files('.')).toEqual(['flows/boas-vindas.yaml'])
    const kept = await pytake('init', '--keep', '--json')
    expect(kept.json().files).toContainEqual({path: 'flows/boas-vindas.yaml', state: 'kept'})
    expect(text('flows/boas-vindas.yaml')).toBe('mine')
    expect((await pytake('init', '--force', '--json')).json().files).toContainEqual({
      path: 'pytake.yaml',
      state: 'replaced',
    })
    expect(text('flows/boas-vindas.yaml')).toContain('flow: boas-vindas')
  })

  it('refuses a template that there is not, and a path through a file', async () => {
    const unknown = await pytake('init', '--template', 'boas-vinda')
    expect(unknown).toMatchObject({exitCode: 5})
    expect(unknown.stderr).toContain('Did you mean "boas-vindas"?')
    write('file', '')
    expect(await pytake('init', 'file/x')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/a part of its path is a file/),
    })
    expect(existsSync(join(cwd, 'pytake.yaml'))).toBe(false)
  })
})

describe('flow new', () => {
  it('gives the flow and its test a key of their own, and says what they need', async () => {
    const ran = await pytake('flow', 'new', 'Cobrança "fácil"', '--template', 'segunda-via')
    expect(ran).toMatchObject({exitCode: 0})
    expect(ran.stderr).toMatch(/under variables: api_financeiro\n.*pytake secret set financeiro/)
    expect(parse(text('flows/cobranca-facil.yaml'))).toMatchObject({flow: 'cobranca-facil', name: 'Cobrança "fácil"'})
    expect(await pytake('flow', 'test', 'flows')).toMatchObject({exitCode: 0})
    const jumping = await pytake('flow', 'new', 'queda', '--template', 'sem-conexao-erp')
    expect(jumping.stderr).toContain('pytake flow new segunda-via-erp --template segunda-via-erp')
    rmSync(join(cwd, 'flows/queda.yaml'))
    rmSync(join(cwd, 'flows/queda.test.yaml'))
    await pytake('flow', 'new', 'outra', '--template', 'segunda-via')
    expect(parse(text('flows/outra.yaml'))).toMatchObject({flow: 'outra', name: 'Segunda via de boleto'})
  })

  it("goes into the project's folder, wherever it is called, or where it is told", async () => {
    write('pytake.yaml', 'flows: fluxos')
    mkdirSync(join(cwd, 'a/b'), {recursive: true})
    await run(['flow', 'new', 'x'], {cwd: join(cwd, 'a/b')})
    await pytake('flow', 'new', 'x', '--folder', 'a')
    expect([files('fluxos'), files('a')]).toEqual([
      ['x.test.yaml', 'x.yaml'],
      ['x.test.yaml', 'x.yaml'],
    ])
  })

  it.each([
    ['a flow that is there', ['oi'], 6, /oi\.yaml/],
    ['a name without letters', ['***'], 2, /no letter or digit/],
    ['a template that is none', ['novo', '--template', 'x'], 5, /pytake flow templates/],
    ['no name', [], 2, /name/i],
  ])('refuses %s', async (_what, argv, exitCode, message) => {
    write('flows/oi.yaml', 'mine')
    const ran = await pytake('flow', 'new', ...argv)
    expect(ran).toMatchObject({exitCode, stdout: ''})
    expect(ran.stderr).toMatch(message)
    expect(files('flows')).toEqual(['oi.yaml'])
  })
})

it('flow templates tells each with what it needs', async () => {
  const {data} = (await pytake('flow', 'templates', '--json')).json()
  expect(data.length).toBeGreaterThanOrEqual(8)
  expect(data).toContainEqual({
    template: 'segunda-via',
    name: 'Segunda via de boleto',
    description: expect.stringContaining('Pix'),
    trigger: expect.stringMatching(/^keyword: boleto, /),
    nodes: expect.any(Number),
    variables: ['api_financeiro'],
    secrets: ['financeiro'],
    flows: [],
  })
  const ran = await pytake('flow', 'templates')
  expect(ran.stdout.split('\n')).toHaveLength(data.length + 1)
})

describe('the program as it is installed', () => {
  beforeAll(buildProgram)

  it('reads pytake.yaml', async () => {
    const program = async (...argv: string[]) => {
      const started = startProgram(argv, {PYTAKE_HOME: cwd, HOME: cwd})
      return {exitCode: await started.ended, stdout: started.stdout(), stderr: started.stderr()}
    }
    expect(await program('init', '--template', 'novidades')).toMatchObject({exitCode: 0})
    const ran = await program('flow', 'lint')
    expect(ran, ran.stderr).toMatchObject({exitCode: 0, stderr: expect.stringContaining('1 file, no problems')})
  })
})
