import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, it} from 'vitest'
import {countPeople} from '../../src/operations/flow-releases.ts'
import {localClient} from '../../src/operations/local.ts'
import {applyTo} from '../support/world.ts'
import {run} from '../support/cli.ts'
import {openPeopleInside, type PeopleInside} from '../support/people-inside.ts'
import {startApi} from '../support/server.ts'
import {onBothEngines} from '../support/stores.ts'

const flow = (first: string) => `
flow: pedido
trigger: {type: keyword, keywords: [oi]}
nodes:
  - {id: inicio, type: message, data: {text: "${first}"}, next: produto}
  - {id: produto, type: wait, data: {save_as: produto}, next: pede_endereco}
  - {id: pede_endereco, type: message, data: {text: "Onde?"}, next: endereco}
  - {id: endereco, type: wait, data: {save_as: endereco}, next: fim}
  - {id: fim, type: end}
`

onBothEngines('people inside a flow', (place) => {
  let inside: PeopleInside
  beforeAll(async () => {
    inside = await openPeopleInside(place(), 'Pedidos')
    await applyTo(inside.runtime, inside.db, [flow('O que deseja?')])
    await inside.say(1, 'oi')
    await inside.say(2, 'oi')
    await inside.say(2, 'pizza')
    await inside.say(3, 'oi')
  })
  afterAll(() => inside.close())
  const sessions = (...argv: string[]) => run(['flow', 'sessions', ...argv, '-t', 'Pedidos'], {env: place().env()})
  const idOf = async (customer: number) => (await inside.session(customer))?.id ?? ''

  it('are listed where they stand, and shown with what they said', async () => {
    const all = (await sessions('list', '--json')).json()
    expect(all.data.map((row: {contact_name: string; node: string}) => [row.contact_name, row.node])).toEqual([
      ['Cliente 3', 'produto'],
      ['Cliente 2', 'endereco'],
      ['Cliente 1', 'produto'],
    ])
    expect(all.data[0]).toMatchObject({flow: 'pedido', version: 1, status: 'active', completed_at: null})
    const there = (await sessions('list', '--flow', 'pedido', '--node', 'endereco', '--json')).json()
    expect(there.data).toMatchObject([{contact_name: 'Cliente 2'}])
    expect((await sessions('list', '--status', 'completed', '--json')).json().data).toEqual([])
    const one = (await sessions('show', await idOf(2), '--json')).json()
    expect(one).toMatchObject({node: 'endereco', vars: {produto: 'pizza', endereco: null}, callers: []})
    expect((await sessions('show', await idOf(2))).stdout).toContain('vars.produto\t"pizza"')
  })

  it('are counted by node', async () => {
    const history = (await run(['flow', 'history', 'pedido', '-t', 'Pedidos', '--json'], {env: place().env()})).json()
    expect(history.data).toMatchObject([{version: 1, people: 3}])
    const client = localClient(inside.runtime, {osUser: 'ana', tenant: 'Pedidos'})
    expect(await client.call(countPeople, {id: 'pedido'})).toEqual({
      flow: 'pedido',
      total: 3,
      data: [
        {node: 'produto', version: 1, count: 2, with_person: 0},
        {node: 'endereco', version: 1, count: 1, with_person: 0},
      ],
    })
  })

  it('are moved by id and all together, into the live release', async () => {
    await applyTo(inside.runtime, inside.db, [flow('Qual é o pedido?')])
    const moved = await sessions('move', await idOf(1), '--to', 'pede_endereco', '--json')
    expect(moved.exitCode, moved.stderr).toBe(0)
    await inside.settle()
    expect((await inside.told(1)).at(-1)).toBe('Onde?')
    expect((await inside.session(1))?.node).toBe('endereco')
    const back = await sessions('move', '--flow', 'pedido', '--node', 'endereco', '--to', 'inicio', '--yes', '--json')
    expect(back.json().redirected).toHaveLength(2)
    await inside.settle()
    expect((await inside.told(2)).at(-1)).toBe('Qual é o pedido?')
    expect((await sessions('list', '--node', 'produto', '--json')).json().page.total).toBe(3)
  })

  it('begin anew and end, with a word or without', async () => {
    expect((await sessions('restart', await idOf(3))).exitCode).toBe(0)
    await inside.settle()
    expect(await inside.told(3)).toEqual(['O que deseja?', 'Qual é o pedido?'])
    expect((await sessions('end', await idOf(3), '--text', 'Até logo, {{contact.name}}.')).exitCode).toBe(0)
    await inside.settle()
    expect((await inside.told(3)).at(-1)).toBe('Até logo, Cliente 3.')
    expect((await inside.session(3))?.status).toBe('replaced')
    const asked = await sessions('end', '--flow', 'pedido')
    expect(asked).toMatchObject({exitCode: 2, stdout: ''})
    expect((await sessions('end', '--flow', 'pedido', '--yes')).exitCode).toBe(0)
    await inside.settle()
    expect((await sessions('list', '--json')).json().data).toEqual([])
  })

  it('are moved from elsewhere all the same', async () => {
    const server = await startApi(place().env())
    const token = await run(['token', 'create', '--name', 'ops', '--platform', '--json'], {env: place().env()})
    const config = mkdtempSync(join(tmpdir(), 'pytake-there-'))
    const env = {XDG_CONFIG_HOME: config}
    const add = ['context', 'add', 'there', '--url', server.url, '--token-stdin']
    expect((await run(add, {env, stdin: `${token.json().token}\n`})).exitCode).toBe(0)
    const there = (...argv: string[]) => run(['flow', ...argv, '-t', 'Pedidos', '--context', 'there', '--json'], {env})
    await inside.say(7, 'oi')
    expect((await there('sessions', 'list', '--flow', 'pedido')).json().data).toMatchObject([{node: 'produto'}])
    const moved = await there('sessions', 'move', await idOf(7), '--to', 'pede_endereco')
    expect(moved.exitCode, moved.stderr).toBe(0)
    expect(moved.json().redirected).toEqual([await idOf(7)])
    await inside.settle()
    expect((await inside.told(7)).at(-1)).toBe('Onde?')
    expect((await there('stats', 'pedido', '--since', '2026-01-01')).json().sessions.started).toBeGreaterThan(3)
    expect((await there('replay', 'pedido', '--release', '1', '--since', '3650d')).json().flow).toBe('pedido')
    expect((await there('canary', 'status', 'pedido')).exitCode).toBe(5)
    await there('sessions', 'end', await idOf(7))
    await inside.settle()
    await server.close()
    rmSync(config, {recursive: true, force: true})
  })

  it.each([
    ['nobody is named', () => ['move', '--to', 'inicio'], 2, /--flow/],
    [
      'the node is not there',
      () => ['move', '--flow', 'pedido', '--to', 'inicoi', '--yes'],
      2,
      /Did you mean "inicio"/,
    ],
    ['the session is over', async () => ['restart', await idOf(3)], 5, /goes on/],
    ['nobody is there', () => ['end', '--flow', 'pedido', '--node', 'nada', '--yes'], 6, /Nobody/],
    ['the id is none', () => ['restart', 'x'], 2, /sessions/],
    ['a person has it', async () => ['restart', await idOf(4)], 6, /person/],
  ])('are left alone when %s', async (_what, argv, exitCode, message) => {
    await inside.say(4, 'oi')
    const id = await idOf(4)
    await inside.db.write((tx) => tx.update('flow_sessions', ['id'], [{id, status: 'transferred'}]))
    const ran = await sessions(...(await argv()), '--json')
    expect(ran.exitCode, ran.stderr).toBe(exitCode)
    expect(ran.error().message).toMatch(message)
    await inside.db.write((tx) => tx.update('flow_sessions', ['id'], [{id, status: 'active'}]))
  })
})
