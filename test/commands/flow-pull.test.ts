import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, it} from 'vitest'
import {localAndRemote} from '../support/both-ways.ts'
import FlowPromote from '../../commands/flow/promote.ts'
import {run} from '../support/cli.ts'
import {startApi, type TestServer} from '../support/server.ts'
import {makePlace, type Place} from '../support/stores.ts'

const menu = `# O menu da loja: quem mexe aqui fala com a Ana.
flow: menu
name: Menu
trigger: {type: keyword, keywords: [oi, olá]}  # o que o cliente escreve
nodes:
  # A saudação
  - {id: ola, type: message, data: {text: "Olá! Aqui é a \${var.loja}."}, next: pergunta}
  - id: pergunta
    type: wait
    data: {save_as: pedido}   # sem prazo
    next: fim
  - {id: fim, type: end}
`

localAndRemote('flow pull', ({where, pytake}) => {
  const tenant = `Puxa ${where}`
  const t = ['-t', tenant, '--var', 'loja=Padaria']
  let folder: string
  beforeAll(async () => {
    await pytake(['tenant', 'create', '--name', tenant])
    const ran = await pytake(['flow', 'apply', '-', ...t, '--yes'], {stdin: menu})
    expect(ran.exitCode, ran.stderr).toBe(0)
  })
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'pytake-pull-'))))
  afterEach(() => rmSync(folder, {recursive: true}))
  const pull = (...argv: string[]) => pytake(['flow', 'pull', ...argv, ...t], {cwd: folder})
  const file = (name: string) => join(folder, 'flows', name)
  const here = (name: string, text: string) => {
    mkdirSync(join(folder, 'flows'), {recursive: true})
    writeFileSync(file(name), text)
  }

  it('writes the very file that was published, comments and variables included', async () => {
    const ran = await pull()
    expect(ran).toMatchObject({exitCode: 0, stdout: `menu\t${join('flows', 'menu.yaml')}\tnew\n`})
    expect(readFileSync(file('menu.yaml'), 'utf8')).toBe(menu)
    expect((await pull('--json')).json()).toMatchObject({data: [{flow: 'menu', change: 'none'}]})
  })

  it('changes in a file that is there only what is different, whatever the file is called', async () => {
    const mine = menu
      .replace('Olá! Aqui é', 'Bom dia! Aqui fala')
      .replace('[oi, olá]', '[oi]')
      .replace('# O menu da loja', '# Meu menu')
      .replace('  - {id: fim, type: end}\n', '  - {id: fim, type: end}   # acabou\n  - {id: velho, type: end}\n')
    here('atendimento.yaml', mine)
    expect((await pull()).stderr).toContain('--yes')
    const ran = await pull('--yes')
    expect(ran.exitCode, ran.stderr).toBe(0)
    expect(readdirSync(join(folder, 'flows'))).toEqual(['atendimento.yaml'])
    const text = readFileSync(file('atendimento.yaml'), 'utf8')
    expect(text).toContain('# Meu menu: quem mexe aqui fala com a Ana.')
    expect(text).toContain('# o que o cliente escreve')
    expect(text).toContain('# acabou')
    expect(text).toContain('Olá! Aqui é a ${var.loja}.')
    expect(text).not.toContain('velho')
    const plan = await pytake(['flow', 'plan', '--exit-code', ...t], {cwd: folder})
    expect(plan.exitCode, plan.stdout).toBe(0)
  })

  it('takes only the flows that are named, and a file of another flow is left alone', async () => {
    here('outro.yaml', 'flow: outro\nnodes:\n  - {id: a, type: end}\n')
    expect((await pull('menu')).exitCode).toBe(0)
    expect(readdirSync(join(folder, 'flows')).sort()).toEqual(['menu.yaml', 'outro.yaml'])
    expect((await pull('nada')).exitCode).toBe(5)
  })

  it('writes a file that cannot be read anew, and says so', async () => {
    here('menu.yaml', 'flow: menu\nnodes:\n  - {id: a, type: nada}\n')
    const ran = await pull('--yes')
    expect(ran.exitCode, ran.stderr).toBe(0)
    expect((await pytake(['flow', 'plan', '--exit-code', ...t], {cwd: folder})).exitCode).toBe(0)
  })

  it('keeps JSON JSON', async () => {
    here('menu.json', JSON.stringify({flow: 'menu', nodes: [{id: 'a', type: 'end'}]}))
    expect((await pull('--yes')).exitCode).toBe(0)
    expect(JSON.parse(readFileSync(file('menu.json'), 'utf8'))).toMatchObject({flow: 'menu', name: 'Menu'})
    expect((await pytake(['flow', 'plan', '--exit-code', ...t], {cwd: folder})).exitCode).toBe(0)
  })
})

describe('flow promote', () => {
  let place: Place
  let elsewhere: Place
  let server: TestServer
  const env = () => place.env()
  const there = {tenant: 'Empresa'}

  beforeAll(async () => {
    place = await makePlace('sqlite')
    elsewhere = await makePlace('sqlite')
    server = await startApi(elsewhere.env())
    for (const one of [place, elsewhere]) {
      const made = await run(['tenant', 'create', '--name', there.tenant], {env: one.env()})
      expect(made.exitCode, made.stderr).toBe(0)
    }
    const token = await run(['token', 'create', '--name', 'ops', '--platform', '--json'], {env: elsewhere.env()})
    const argv = ['context', 'add', 'production', '--url', server.url, '--token-stdin']
    expect((await run(argv, {env: env(), stdin: `${token.json().token}\n`})).exitCode).toBe(0)
    const applied = await run(
      [
        'flow',
        'apply',
        '-',
        '-t',
        there.tenant,
        '--context',
        'local',
        '--var',
        'loja=Teste',
        '--commit',
        'abc',
        '--yes',
      ],
      {env: env(), stdin: menu},
    )
    expect(applied.exitCode, applied.stderr).toBe(0)
  })
  afterAll(async () => {
    await server.close()
    await place.remove()
    await elsewhere.remove()
  })

  const promote = (...argv: string[]) =>
    run(['flow', 'promote', '--from', 'local', '--to', 'production', '-t', there.tenant, ...argv], {env: env()})

  it('publishes what is live in one place in another, with the values of that one', async () => {
    const missing = await promote('--yes', '--json')
    expect(missing.exitCode).toBe(3)
    expect(missing.error().details[0]?.message).toContain('${var.loja} has no value')
    const ran = await promote('--var', 'loja=Padaria', '--yes', '--json')
    expect(ran.exitCode, ran.stderr).toBe(0)
    expect(ran.json().data).toMatchObject([{flow: 'menu', action: 'created'}])
    const shown = (
      await run(['flow', 'show', 'menu', '-t', there.tenant, '--context', 'production', '--json'], {env: env()})
    ).json()
    expect(shown.definition.nodes[0].data.text).toBe('Olá! Aqui é a Padaria.')
    expect(shown).toMatchObject({source: menu, shown: {commit: 'abc', note: 'promoted from local'}})
    const again = await promote('--var', 'loja=Padaria')
    expect(again).toMatchObject({exitCode: 0, stdout: '=\tmenu\tr1\t3\tunchanged\n'})
  })

  it('refuses the same place twice, and what is not there', async () => {
    expect((await promote('--to', 'local')).exitCode).toBe(2)
    expect((await promote('nada', '--yes')).exitCode).toBe(5)
    const nowhere = await run(['flow', 'promote', '--from', 'mars', '--to', 'production', '-t', 'Empresa'], {
      env: env(),
    })
    expect(nowhere.exitCode).toBe(5)
  })

  it('lists --to, and tells which of the two places an error came from', async () => {
    expect(FlowPromote.baseFlags.context.helpLabel).toContain('--to, --context')
    expect((await promote('--from-tenant', 'Nada', '--json')).error().message).toMatch(/^Context local: .*Nada/)
    const to = ['flow', 'promote', '--from', 'local', '--to', 'production', '--var', 'loja=X']
    const ran = await run([...to, '-t', 'Nada', '--from-tenant', there.tenant, '--json'], {env: env()})
    expect(ran.error().message).toMatch(/^Context production: .*Nada/)
  })
})
