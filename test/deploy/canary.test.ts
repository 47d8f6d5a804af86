import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {takesCanary} from '../../src/deploy/canary.ts'
import {run} from '../support/cli.ts'
import {openPeopleInside, type PeopleInside} from '../support/people-inside.ts'
import {onBothEngines} from '../support/stores.ts'

const flow = (text: string, more = '') => `
flow: saldo
trigger: {type: keyword, keywords: [oi]}
nodes:
  - {id: pergunta, type: message, data: {text: "${text}"}, next: espera}
  - {id: espera, type: wait, data: {save_as: x}, next: fim}
  - {id: fim, type: end}
${more}`

/** Fails with everybody at once: what customers write is no number. */
const broken = `
flow: saldo
trigger: {type: keyword, keywords: [oi]}
canary: {abort_when: "error_rate > 0.5 && failed >= 2", min_sessions: 3}
nodes:
  - {id: conta, type: condition, data: {expression: "int(response) > 3"}, next: fim}
  - {id: fim, type: end}
`

onBothEngines('a canary', (place) => {
  let inside: PeopleInside
  let folder: string
  let count = 0
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pytake-canary-'))
    inside = await openPeopleInside(place(), `Canário ${++count}`)
    await apply(flow('Um'))
  })
  afterEach(async () => {
    await inside.close()
    rmSync(folder, {recursive: true, force: true})
  })
  const pytake = (...argv: string[]) => run(['flow', ...argv, '-t', inside.tenant], {env: place().env()})
  const apply = async (text: string, ...argv: string[]) => {
    writeFileSync(join(folder, 'saldo.yaml'), text)
    const ran = await pytake('apply', join(folder, 'saldo.yaml'), '--yes', '--json', ...argv)
    expect(ran.exitCode, ran.stderr).toBe(0)
    await inside.settle()
    return ran.json().data[0]
  }
  const status = async () => (await pytake('canary', 'status', 'saldo', '--json')).json()
  const greeted = async (customers: readonly number[]) => {
    const texts: string[] = []
    for (const customer of customers) {
      await inside.say(customer, 'oi')
      texts.push((await inside.told(customer)).at(-1) ?? '')
    }
    return texts
  }
  const many = Array.from({length: 30}, (_, n) => n + 1)

  it('gives its share of new sessions the new release, and the rest what is live', async () => {
    await inside.say(99, 'oi')
    const applied = await apply(flow('Dois'), '--canary', '40%')
    expect(applied).toMatchObject({action: 'changed', canary: 0.4, from: {version: 1}, to: {version: 2}, version: 1})
    const texts = await greeted(many)
    const tried = texts.filter((text) => text === 'Dois').length
    expect(tried).toBeGreaterThan(0)
    expect(tried).toBeLessThan(many.length)
    expect(await status()).toMatchObject({state: 'running', version: 2, live: 1, share: 0.4, sessions: tried, ended: 0})
    expect(await inside.told(99)).toEqual(['Um'])
    // Whoever comes back gets the same again.
    for (const customer of many.slice(0, 8)) await inside.say(customer, 'resposta')
    expect(await greeted(many.slice(0, 8))).toEqual(texts.slice(0, 8))
    const history = (await pytake('history', 'saldo', '--json')).json()
    expect(history.data.map((row: {version: number; live: boolean}) => [row.version, row.live])).toEqual([
      [2, false],
      [1, true],
    ])
  })

  it('is promoted to everybody under the number it had', async () => {
    await apply(flow('Dois'), '--canary', '40%')
    expect((await pytake('canary', 'promote', 'saldo')).stderr).toMatch(/r1 → r2[\s\S]*--yes/)
    const ran = await pytake('canary', 'promote', 'saldo', '--yes', '--json')
    expect(ran.exitCode, ran.stderr).toBe(0)
    expect(ran.json().data).toMatchObject([{version: 2, canary: null}])
    expect(new Set(await greeted(many.slice(0, 5)))).toEqual(new Set(['Dois']))
    expect(await status()).toMatchObject({state: 'promoted', live: 2})
    expect((await pytake('history', 'saldo', '--json')).json().page.total).toBe(2)
    expect((await pytake('canary', 'promote', 'saldo', '--yes')).exitCode).toBe(6)
  })

  it('is taken back by hand, with the people who are inside it if that is wished', async () => {
    await apply(flow('Dois'), '--canary', '99%')
    const texts = await greeted([1, 2, 3])
    const ran = await pytake(
      'canary',
      'abort',
      'saldo',
      '--live',
      'restart',
      '--reason',
      'muito lento',
      '--yes',
      '--json',
    )
    expect(ran.exitCode, ran.stderr).toBe(0)
    expect(ran.json()).toMatchObject({
      state: 'aborted',
      reason: 'muito lento',
      redirected: texts.filter((text) => text === 'Dois').length,
    })
    await inside.settle()
    expect((await inside.told(1)).at(-1)).toBe('Um')
    expect(await greeted([4, 5])).toEqual(['Um', 'Um'])
    expect((await pytake('canary', 'abort', 'saldo', '--yes')).exitCode).toBe(6)
  })

  it('is taken back by itself when its own rule says so', async () => {
    await apply(broken, '--canary', '99%')
    for (const customer of many.slice(0, 8)) await inside.say(customer, 'oi')
    const {state, reason, failed, ended} = await status()
    expect(state).toBe('aborted')
    expect(reason).toContain('error_rate > 0.5')
    expect([failed, ended]).toEqual([3, 3])
    expect(await inside.told(8)).toEqual(['Um'])
    const told = await inside.db.read((q) =>
      q.selectFrom('events').select('data').where('type', '=', 'canary_changed').orderBy('seq').execute(),
    )
    expect(told.map(({data}) => data.state)).toEqual(['running', 'aborted'])
  })

  it('ends when another release is published or tried, or the flow is removed', async () => {
    await apply(flow('Dois'), '--canary', '5%')
    await apply(flow('Três'))
    expect(await status()).toMatchObject({state: 'aborted', reason: 'r3 was published', live: 3})
    await apply(flow('Quatro'), '--canary', '5%')
    expect((await pytake('remove', 'saldo', '--yes')).exitCode).toBe(0)
    expect(await status()).toMatchObject({state: 'aborted', reason: 'the flow was removed'})
  })

  it('is seen wherever its flow is, and told of by whatever ends it', async () => {
    await apply(flow('Dois'))
    await apply(flow('Três'), '--canary', '50%')
    expect((await pytake('history', 'saldo')).stdout).toMatch(/^r3\tcanary 50 %\t.*\nr2\tlive\t.*\nr1\t\t/)
    expect((await pytake('list')).stdout).toContain('\tlive, canary r3 50 %\t')
    expect((await pytake('show', 'saldo', '--release', '3')).stdout).toContain('state\tcanary 50 %\n')
    expect((await pytake('show', 'saldo', '--release', '2')).stdout).toContain('state\tlive, canary r3 50 %\n')
    expect((await pytake('show', 'saldo', '--release', '1')).stdout).toContain('state\tnot live\n')
    const back = await pytake('rollback', 'saldo')
    expect(back.stderr).toContain(
      '! r3 is running as a canary. To take back only that: pytake flow canary abort saldo\n',
    )
    expect((await pytake('canary', 'promote', 'saldo')).stderr).toContain(
      '! r3 is running as a canary: everybody gets it\n',
    )
    const file = join(folder, 'saldo.yaml')
    writeFileSync(file, flow('Quatro'))
    expect((await pytake('plan', file)).stdout).toContain('! r3 is running as a canary: this aborts it\n')
    expect((await pytake('apply', file, '--yes')).stderr).toContain('1 changed. The canary r3 of saldo is aborted.\n')
    expect((await pytake('list')).stdout).toContain('\tlive\t')
  })

  it('is what is left to take back when nothing was live before', async () => {
    await apply(flow('Dois'), '--canary', '50%')
    const ran = await pytake('rollback', 'saldo', '--yes', '--json')
    expect(ran.exitCode).toBe(6)
    expect(ran.stderr).toContain('pytake flow canary abort saldo')
  })

  it('makes a plan stale that was made before it', async () => {
    const path = join(folder, 'plan.json')
    writeFileSync(join(folder, 'saldo.yaml'), flow('Novo'))
    expect((await pytake('plan', join(folder, 'saldo.yaml'), '-o', path)).exitCode).toBe(0)
    await apply(flow('Dois'), '--canary', '5%')
    const ran = await pytake('apply', path, '--yes', '--json')
    expect(ran.exitCode).toBe(6)
    expect(ran.error().message).toContain('canary')
  })

  describe('is refused', () => {
    it.each([
      ['100%', /share/],
      ['0%', /share/],
      ['muito', /share/],
    ])('as a share of %s', async (share, message) => {
      const ran = await pytake('plan', join(folder, 'saldo.yaml'), '--canary', share, '--json')
      expect(ran.exitCode).toBe(2)
      expect(ran.error().message).toMatch(message)
    })

    it('where nothing is live to compare with, and with a rule that means nothing', async () => {
      writeFileSync(join(folder, 'outro.yaml'), flow('Outro').replace('saldo', 'outro').replace('[oi]', '[outro]'))
      expect((await pytake('apply', join(folder, 'outro.yaml'), '--canary', '5%', '--yes')).exitCode).toBe(6)
      writeFileSync(join(folder, 'saldo.yaml'), flow('Dois', 'canary: {abort_when: "erro > 1"}\n'))
      const ran = await pytake('plan', join(folder, 'saldo.yaml'), '--json')
      expect(ran.exitCode).toBe(3)
      expect(ran.error().details[0]?.message).toContain('"erro" is not known')
      expect((await pytake('canary', 'status', 'saldo')).exitCode).toBe(5)
    })
  })
})

it('gives about the share that was asked for, the same to the same person', () => {
  const people = Array.from({length: 20_000}, (_, n) => `contato-${n}`)
  const chosen = people.filter((id) => takesCanary(id, 'abc', 0.05))
  expect(chosen.length / people.length).toBeGreaterThan(0.04)
  expect(chosen.length / people.length).toBeLessThan(0.06)
  expect(people.filter((id) => takesCanary(id, 'abc', 0.05))).toEqual(chosen)
  // Another release is another draw, or the same people would always be first.
  const others = people.filter((id) => takesCanary(id, 'def', 0.05))
  expect(others.filter((id) => chosen.includes(id)).length).toBeLessThan(chosen.length / 2)
})
