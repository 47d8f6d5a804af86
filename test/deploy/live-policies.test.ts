import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, it} from 'vitest'
import {run} from '../support/cli.ts'
import {openPeopleInside, type PeopleInside} from '../support/people-inside.ts'
import {onBothEngines} from '../support/stores.ts'

const first = `
flow: cadastro
trigger: {type: keyword, keywords: [oi]}
nodes:
  - {id: pede_cpf, type: message, data: {text: "Qual é o seu CPF?"}}
  - {id: pergunta_cpf, type: wait, data: {save_as: cpf}}
  - {id: pede_nome, type: message, data: {text: "E o seu nome?"}}
  - {id: pergunta_nome, type: wait, data: {save_as: nome}}
  - {id: fim, type: message, data: {text: "Obrigado, {{vars.nome}}, CPF {{vars.cpf}}."}}
edges:
  - {source: pede_cpf, target: pergunta_cpf}
  - {source: pergunta_cpf, target: pede_nome}
  - {source: pede_nome, target: pergunta_nome}
  - {source: pergunta_nome, target: fim}
`
/** Asks for the e-mail in place of the CPF. */
const second = (live: string) =>
  `${first
    .replaceAll('pergunta_cpf', 'pergunta_email')
    .replaceAll('pede_cpf', 'pede_email')
    .replaceAll('save_as: cpf', 'save_as: email')
    .replace('Qual é o seu CPF?', 'Qual é o seu e-mail?')
    .replace('CPF {{vars.cpf}}', 'e-mail {{vars.email}}')}${live}`

onBothEngines('people inside a flow when a release arrives', (place) => {
  let inside: PeopleInside
  let folder: string
  let count = 0
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'pytake-deploy-'))))
  afterAll(() => rmSync(folder, {recursive: true, force: true}))
  beforeEach(async () => void (inside = await openPeopleInside(place(), `Empresa ${++count}`)))
  afterEach(() => inside.close())

  const flow = (argv: readonly string[], text: string) => {
    const path = join(folder, 'cadastro.yaml')
    writeFileSync(path, text)
    return run(['flow', argv[0] ?? '', path, ...argv.slice(1), '-t', inside.tenant], {env: place().env()})
  }
  const apply = async (text: string, ...argv: string[]) => {
    const ran = await flow(['apply', '--yes', '--json', ...argv], text)
    expect(ran.exitCode, ran.stderr).toBe(0)
    await inside.settle()
    return ran.json().data[0]
  }
  /** Customer 1 stands at the question that goes, customer 2 at one that stays. */
  const twoInside = async () => {
    await apply(first)
    await inside.say(1, 'oi')
    await inside.say(2, 'oi')
    await inside.say(2, '111')
  }

  it('finish on the release they began with unless something else is said', async () => {
    await twoInside()
    const plan = (await flow(['plan', '--json'], second(''))).json()
    expect(plan.flows[0].people).toEqual(
      expect.arrayContaining([
        {node: 'pergunta_cpf', version: 1, count: 1, with_person: 0, change: 'removed', choice: 'finish'},
        {node: 'pergunta_nome', version: 1, count: 1, with_person: 0, change: 'unchanged', choice: 'finish'},
      ]),
    )
    const told = await flow(['plan'], second(''))
    expect(told.stdout).toContain('- pergunta_cpf   1 person is waiting here → finishes on r1')
    expect(told.stdout).toContain('1 person elsewhere in it → finishes on r1')
    expect((await apply(second(''))).redirected).toBe(0)
    await inside.say(1, '222')
    await inside.say(1, 'Ana')
    expect((await inside.told(1)).at(-1)).toBe('Obrigado, Ana, CPF 222.')
    await inside.say(3, 'oi')
    expect(await inside.told(3)).toEqual(['Qual é o seu e-mail?'])
  })

  it('are not passed over because the policy names a node that no release has had', async () => {
    const misspelt = 'live: {nodes: {pergunta_cfp: restart}}\n'
    expect((await flow(['apply', '--yes'], second(misspelt))).exitCode, 'of a new flow it cannot be known').toBe(0)
    await apply(first)
    await inside.say(1, 'oi')
    const inFile = await flow(['plan'], second(misspelt))
    expect(inFile.exitCode).toBe(3)
    expect(inFile.stderr).toContain('cadastro: the live policy names "pergunta_cfp"')
    expect(inFile.stderr).toContain('Did you mean "pergunta_cpf"?')
    const flag = await flow(['apply', '--yes', '--live', 'cadastro.pergunta_cfp=restart'], second(''))
    expect(flag.exitCode).toBe(3)
    expect(flag.stderr).toContain('"pergunta_cfp"')
    const kept = second('live: {nodes: {pergunta_cpf: {move: pede_email}}}\n')
    await apply(kept)
    await apply(kept.replace('Obrigado', 'Valeu'))
    expect((await inside.session(1))?.node).toBe('pergunta_email')
  })

  it('move to the node that the file names, and only those who stand there', async () => {
    await twoInside()
    const next = second('live: {nodes: {pergunta_cpf: {move: pede_email}}}\n')
    expect((await flow(['plan'], next)).stdout).toContain('1 person is waiting here → moves to pede_email')
    expect((await apply(next)).redirected).toBe(2)
    expect(await inside.told(1)).toEqual(['Qual é o seu CPF?', 'Qual é o seu e-mail?'])
    expect((await inside.session(1))?.node).toBe('pergunta_email')
    await inside.say(1, 'a@b.c')
    await inside.say(1, 'Ana')
    expect((await inside.told(1)).at(-1)).toBe('Obrigado, Ana, e-mail a@b.c.')
    await inside.say(2, 'Bia')
    expect((await inside.told(2)).at(-1)).toBe('Obrigado, Bia, CPF 111.')
  })

  it('begin again, without what they said before', async () => {
    await twoInside()
    await apply(second('live: {default: restart}\n'))
    expect((await inside.told(2)).at(-1)).toBe('Qual é o seu e-mail?')
    await inside.say(2, 'b@c.d')
    await inside.say(2, 'Bia')
    expect((await inside.told(2)).at(-1)).toBe('Obrigado, Bia, e-mail b@c.d.')
    const moves = await inside.db.read((q) =>
      q.selectFrom('events').select('data').where('type', '=', 'flow_moved').execute(),
    )
    expect(moves.map(({data}) => [data.flow, data.target])).toEqual([
      ['cadastro', 'pede_email'],
      ['cadastro', 'pede_email'],
    ])
  })

  it('end with a last word that knows them', async () => {
    await twoInside()
    await apply(second('live: {nodes: {pergunta_cpf: {end: "Mudamos, {{contact.name}}. Escreva oi."}}}\n'))
    expect((await inside.told(1)).at(-1)).toBe('Mudamos, Cliente 1. Escreva oi.')
    expect((await inside.session(1))?.status).toBe('replaced')
    expect((await inside.session(2))?.status).toBe('active')
    await inside.say(1, 'oi')
    expect((await inside.told(1)).at(-1)).toBe('Qual é o seu e-mail?')
  })

  it('do what the flag says, whatever the file says', async () => {
    await twoInside()
    const flags = ['--live', 'restart', '--live', 'cadastro.pergunta_cpf=end:Tchau.']
    await apply(second('live: {default: finish, nodes: {pergunta_cpf: {move: pede_nome}}}\n'), ...flags)
    expect((await inside.told(1)).at(-1)).toBe('Tchau.')
    expect((await inside.told(2)).at(-1)).toBe('Qual é o seu e-mail?')
  })

  it('are moved by where they stand when their turn comes: whoever answered before the deploy has left', async () => {
    await twoInside()
    const next = second('live: {nodes: {pergunta_cpf: {move: pede_email}}}\n')
    // Written before the deploy, not handled yet: it comes first.
    await inside.write(1, '333')
    await apply(next)
    expect(await inside.told(1)).toEqual(['Qual é o seu CPF?', 'E o seu nome?'])
  })

  it('are left alone while a person has them', async () => {
    await twoInside()
    const id = (await inside.session(1))?.id ?? ''
    await inside.db.write((tx) => tx.update('flow_sessions', ['id'], [{id, status: 'transferred'}]))
    const next = second('live: {default: restart}\n')
    const plan = (await flow(['plan', '--json'], next)).json()
    expect(plan.flows[0].people).toContainEqual(
      expect.objectContaining({node: 'pergunta_cpf', count: 1, with_person: 1}),
    )
    expect((await apply(next)).redirected).toBe(1)
    expect(await inside.told(1)).toEqual(['Qual é o seu CPF?'])
  })

  describe('what cannot be', () => {
    it.each([
      ['a node that the new release lacks', ['--live', 'cadastro.pergunta_cpf=move:nada'], /"nada" is no node/],
      ['a text that is no template', ['--live', 'end:{{contact.nome}}'], /contact\.nome|nome/],
      ['a flow that is not deployed', ['--live', 'cadastros=restart'], /Did you mean "cadastro"/],
      ['a word that means nothing', ['--live', 'stay'], /write finish, restart/],
    ])('is refused: %s', async (...[, argv, message]) => {
      await apply(first)
      const ran = await flow(['plan', ...argv, '--json'], second(''))
      expect(ran).toMatchObject({exitCode: 2, stdout: ''})
      expect(ran.error().message).toMatch(message)
    })

    it('is refused in the file with its place', async () => {
      const ran = await flow(['plan'], second('live: {default: {end: "{{contact.nome}}"}}\n'))
      expect(ran.exitCode).toBe(3)
      expect(ran.stderr).toMatch(/cadastro\.yaml:\d+:\d+ +template/)
    })
  })
})
