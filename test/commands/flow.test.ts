import {dirname} from 'node:path'
import {beforeAll, expect, it} from 'vitest'
import {localAndRemote} from '../support/both-ways.ts'

const greet = (key: string, keywords: string, text = 'Olá') => `
flow: ${key}
name: Flow ${key}
trigger: {type: keyword, keywords: [${keywords}]}
nodes:
  - {id: a, type: message, data: {text: "${text}"}}
`

localAndRemote('flow commands', ({where, pytake, file}) => {
  const tenant = `Fluxos ${where}`
  const t = ['-t', tenant]
  beforeAll(async () => void (await pytake(['tenant', 'create', '--name', tenant])))

  it('publishes all files of one call and says what it did', async () => {
    const one = file(`${where}-one.yaml`, greet('one', 'oi, olá'))
    const two = file(`${where}-two.yaml`, greet('two', 'tchau'))
    const asked = await pytake(['flow', 'apply', one, two, ...t])
    expect(asked).toMatchObject({exitCode: 2, stdout: ''})
    expect(asked.stderr).toContain('--yes')
    const first = await pytake(['flow', 'apply', one, two, ...t, '--yes', '--json'])
    expect(first.exitCode, first.stderr).toBe(0)
    expect(first.json().data).toMatchObject([
      {
        action: 'created',
        flow: 'one',
        name: 'Flow one',
        trigger_type: 'keyword',
        trigger_value: 'oi,olá',
        nodes: [{id: 'a', type: 'message'}],
        edges: [],
        is_active: true,
        version: 1,
      },
      {action: 'created', flow: 'two'},
    ])
    file(`${where}-two.yaml`, greet('two', 'tchau', 'Até logo'))
    const again = await pytake(['flow', 'apply', one, two, ...t, '--yes'])
    expect(again.stdout).toBe('=\tone\tr1\t1\tunchanged\n~\ttwo\tr1 → r2\t1\tchanged\n')
    expect(again.stderr).toContain('1 changed, 1 unchanged')
  })

  it('reads a flow from standard input, with values for its variables', async () => {
    const ran = await pytake(['flow', 'apply', '-', ...t, '--var', 'nome=XYZ', '--yes', '--json'], {
      stdin: greet('three', 'xyz', '${var.nome}'),
    })
    expect(ran.exitCode, ran.stderr).toBe(0)
    expect(ran.json().data[0].nodes[0].data.text).toBe('XYZ')
  })

  it('lists, shows, removes and takes a removed flow up again', async () => {
    const list = (await pytake(['flow', 'list', ...t, '--sort', 'flow_key', '--order', 'asc', '--json'])).json()
    expect(list.data.map((row: {flow: string}) => row.flow)).toEqual(['one', 'three', 'two'])
    const shown = (await pytake(['flow', 'show', 'two', ...t, '--json'])).json()
    expect(shown).toMatchObject({flow: 'two', version: 2, definition: {flow: 'two', nodes: [{id: 'a'}]}})
    const older = (await pytake(['flow', 'show', 'two', '--release', '1', ...t, '--json'])).json()
    expect(older.definition.nodes[0].data.text).toBe('Olá')
    expect((await pytake(['flow', 'remove', 'three', ...t, '--yes', '--json'])).json()).toMatchObject({removed: true})
    expect((await pytake(['flow', 'remove', 'three', ...t, '--yes'])).exitCode).toBe(6)
    expect((await pytake(['flow', 'list', ...t, '--json'])).json().page.total).toBe(2)
    expect((await pytake(['flow', 'list', '--all', ...t, '--json'])).json().page.total).toBe(3)
    expect((await pytake(['flow', 'show', 'ghost', ...t])).exitCode).toBe(5)
  })

  it('refuses keywords that another live flow has, and jumps to flows that are not there', async () => {
    const clash = file(`${where}-clash.yaml`, greet('clash', 'TCHAU'))
    const ran = await pytake(['flow', 'apply', clash, ...t, '--yes', '--json'])
    expect(ran).toMatchObject({exitCode: 3, stdout: ''})
    expect(ran.error()).toMatchObject({code: 'INVALID_FILE', message: expect.stringContaining('"tchau"')})
    const jump = `
flow: jump
nodes:
  - {id: j, type: jump, data: {flow: twoo}}
`
    const dangling = await pytake(['flow', 'apply', file(`${where}-jump.yaml`, jump), ...t, '--yes', '--json'])
    expect(dangling.exitCode).toBe(3)
    expect(dangling.error().details).toMatchObject([
      {field: 'jump.j', rule: 'dangling-jump', message: expect.stringContaining('"two"')},
    ])
    expect((await pytake(['flow', 'list', ...t, '--json'])).json().page.total).toBe(2)
  })

  it('tells every problem of every file at once, with its place and a caret, and changes nothing', async () => {
    const bad = file(
      `${where}-bad.yaml`,
      [
        'flow: bad',
        'nodes:',
        '  - {id: s, type: start}',
        '  - {id: s2, type: start}',
        '  - {id: w, type: wiat}',
        '  - {id: c, type: wait, data: {}}',
        'edges:',
        '  - {source: s, target: nada}',
        '  - {source: c, target: s}',
        '  - {source: c, target: w}',
        '  - {source: c, target: w, condition: "response = \'x\'"}',
        '',
      ].join('\n'),
    )
    const good = file(`${where}-good.yaml`, greet('good', 'bom'))
    const told = await pytake(['flow', 'apply', good, bad, ...t, '--yes'], {terminal: 120})
    expect(told).toMatchObject({exitCode: 3, stdout: ''})
    expect(told.stderr).toMatch(/bad\.yaml:5:\d+ +unknown-node-type +"wiat".*Did you mean "wait"\?/)
    expect(told.stderr).toMatch(/bad\.yaml:8:\d+ +dangling-edge +.*"nada"/)
    expect(told.stderr).toMatch(/bad\.yaml:4:\d+ +two-starts/)
    expect(told.stderr).toMatch(/two-defaults/)
    expect(told.stderr).toMatch(/expression +response = 'x'\n +\^ /)
    expect(told.stderr).toContain('Nothing was changed.')
    const json = await pytake(['flow', 'apply', good, bad, ...t, '--yes', '--json'])
    expect(json.exitCode).toBe(3)
    expect(json.error().details.length).toBeGreaterThanOrEqual(5)
    expect(json.error().details[0]?.field).toMatch(/bad\.yaml:\d+:\d+$/)
    expect((await pytake(['flow', 'show', 'good', ...t])).exitCode).toBe(5)
    const syntax = await pytake(['flow', 'apply', '-', ...t, '--yes'], {stdin: 'nodes: [\n  {id: a'})
    expect(syntax).toMatchObject({exitCode: 3, stdout: ''})
    expect(syntax.stderr).toMatch(/stdin:\d+:\d+ +syntax/)
  })

  it('publishes only as many flows as the plan allows', async () => {
    const small = `Pouca ${where}`
    await pytake(['tenant', 'create', '--name', small, '--limit', 'flows=1'])
    const apply = (key: string) =>
      pytake(['flow', 'apply', '-', '-t', small, '--yes', '--json'], {stdin: greet(key, key)})
    expect((await apply('um')).exitCode).toBe(0)
    const second = await apply('dois')
    expect(second.exitCode).toBe(4)
    expect(second.error()).toMatchObject({code: 'PLAN_LIMIT', details: [{field: 'flows', limit: 1}]})
    expect((await apply('um')).exitCode).toBe(0)
  })

  it('names the file that is not there', async () => {
    for (const verb of ['plan', 'apply']) {
      const nowhere = await pytake(['flow', verb, ...t], {cwd: dirname(file('x', ''))})
      expect(nowhere.exitCode).toBe(2)
      expect(nowhere.stderr).toMatch(
        new RegExp(`no folder flows\\.\n  Name files or folders: pytake flow ${verb} FILE`),
      )
    }
    const ran = await pytake(['flow', 'apply', '/no/such.yaml', ...t, '--yes', '--json'])
    expect(ran.exitCode).toBe(2)
    expect(ran.error().message).toContain('/no/such.yaml')
  })
})
