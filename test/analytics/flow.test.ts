import {afterAll, beforeAll, expect, it} from 'vitest'
import {FlowNodes} from '../../src/analytics/flow-nodes.ts'
import {Samples} from '../../src/analytics/samples.ts'
import {analyseFlow} from '../../src/operations/flow-analytics.ts'
import {localClient} from '../../src/operations/local.ts'
import {run} from '../support/cli.ts'
import {openPeopleInside, type PeopleInside} from '../support/people-inside.ts'
import {onBothEngines} from '../support/stores.ts'
import {applyTo} from '../support/world.ts'

const flow = (more = '') => `
flow: funil
trigger: {type: keyword, keywords: [oi]}
nodes:
  - {id: inicio, type: message, data: {text: "Nome?"}, next: nome}
  - {id: nome, type: wait, data: {save_as: nome, timeout: 30m}, next: pede_cpf}
  - {id: pede_cpf, type: message, data: {text: "CPF?${more}"}, next: cpf}
  - {id: cpf, type: wait, data: {expect: cpf, save_as: cpf, tries: 3}, next: fim}
  - {id: fim, type: end}
`

onBothEngines('analytics of a flow', (place) => {
  let inside: PeopleInside
  beforeAll(async () => {
    inside = await openPeopleInside(place(), 'Funil')
    await applyTo(inside.runtime, inside.db, [flow()])
    for (const customer of [1, 2, 3, 4]) await inside.say(customer, 'oi')
    for (const customer of [1, 2, 3]) {
      inside.clock.skip(60_000)
      await inside.say(customer, `Ana ${customer}`)
    }
    await inside.say(1, 'isto não é')
    await inside.say(1, '529.982.247-25')
    await applyTo(inside.runtime, inside.db, [flow(' Só números.')])
    await inside.say(5, 'oi')
    inside.clock.skip(31 * 60_000)
    await inside.settle()
  })
  afterAll(() => inside.close())
  const stats = (input: {since?: string; until?: string} = {}) =>
    localClient(inside.runtime, {osUser: 'ana', tenant: 'Funil'}).call(analyseFlow, {id: 'funil', ...input})

  it('count sessions by what became of them and by release', async () => {
    const {sessions, releases} = await stats()
    expect(sessions).toEqual({
      ...{started: 5, active: 2, completed: 1, abandoned: 2, expired: 0, failed: 0, replaced: 0},
    })
    expect(releases.map(({version, started, abandoned}) => [version, started, abandoned])).toEqual([
      [2, 1, 1],
      [1, 4, 1],
    ])
  })

  it('count visits, drop-off and time by node, in the order of the flow', async () => {
    const {nodes} = await stats()
    expect(nodes.map(({node, visits, waiting, dropped}) => [node, visits, waiting, dropped])).toEqual([
      ['inicio', 5, 0, 0],
      ['nome', 5, 0, 2],
      ['pede_cpf', 3, 0, 0],
      ['cpf', 3, 2, 0],
      ['fim', 1, 0, 0],
    ])
    const nome = nodes[1]
    expect(nome).toMatchObject({type: 'wait', drop_off: 0.4, outcomes: {answered: 3, timeout: 2}})
    // Five times: three answers after one to three minutes, and two of half an hour of silence.
    expect(nome?.median_ms).toBeGreaterThan(120_000)
    expect(nodes[0]?.median_ms).toBeNull()
  })

  it('look only at the period that is asked for', async () => {
    expect(await stats({since: '1m'})).toMatchObject({sessions: {started: 0}})
    const before = new Date(inside.clock.now() - 86_400_000).toISOString()
    const old = await stats({since: '7d', until: before})
    expect(old.sessions.started + old.nodes.reduce((sum, {visits}) => sum + visits, 0)).toBe(0)
  })

  it('are rows in a pipe and bars on a terminal', async () => {
    const argv = ['flow', 'stats', 'funil', '-t', 'Funil', '--since', '2026-01-01']
    const piped = await run(argv, {env: place().env()})
    expect(piped.stdout).toMatch(/^inicio\tmessage\t5\t0\t\t0\t0\nnome\twait\t5\t0\t\d+\t2\t0\.4\n/)
    const drawn = await run(argv, {env: {...place().env(), NO_COLOR: '1'}, terminal: 90})
    expect(drawn.stdout).toContain('5 started · 1 completed · 2 active · 2 abandoned')
    expect(drawn.stdout).toMatch(/ {2}nome +█{20} +5 .*m .*40 % \(2\)/)
    for (const line of drawn.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(90)
    const bad = await run([...argv.slice(0, -1), 'ontem', '--json'], {env: place().env()})
    expect(bad.exitCode).toBe(2)
    expect(bad.error().message).toMatch(/since.*duration/)
  })
})

it('a question that is asked again is one visit, and a move is neither time nor drop-off', () => {
  const nodes = new FlowNodes()
  const at = (type: string, ms: number, more = {}) => nodes.take({type, session: 's', node: 'q', at: ms, ...more})
  at('flow_waiting', 0)
  at('flow_waiting', 10)
  at('flow_moved', 20)
  at('flow_waiting', 30)
  at('flow_step', 35, {outcome: 'answered'})
  at('flow_ended', 35, {status: 'completed'})
  const q = nodes.nodes.get('q')
  expect([q?.visits, q?.dropped, q?.times.median]).toEqual([2, 0, 5])
})

it('only who walks away drops off: not who was taken out, by an operator or a deploy', () => {
  const nodes = new FlowNodes()
  for (const status of ['abandoned', 'expired', 'failed', 'replaced', 'completed']) {
    nodes.take({type: 'flow_waiting', session: status, node: 'q', at: 0})
    nodes.take({type: status === 'failed' ? 'flow_failed' : 'flow_ended', session: status, node: 'q', at: 1, status})
  }
  const q = nodes.nodes.get('q')
  expect([q?.visits, q?.dropped]).toEqual([5, 3])
})

it('a median stays right when not everything is kept', () => {
  const samples = new Samples()
  expect(samples.median).toBeNull()
  for (let n = 0; n < 100_000; n++) samples.add((n * 7919) % 100_000)
  expect(samples.median).toBeGreaterThan(45_000)
  expect(samples.median).toBeLessThan(55_000)
})
