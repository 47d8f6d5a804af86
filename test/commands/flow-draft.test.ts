import {expect, it} from 'vitest'
import {invoke} from '../../src/operations/invoke.ts'
import {createFlow, editFlow} from '../../src/operations/flow-authoring.ts'
import {localAndRemote} from '../support/both-ways.ts'
import {testRuntime} from '../support/server.ts'
import {shell} from '../support/signing-in.ts'

localAndRemote('drafts of flows', ({pytake, where, place}) => {
  const key = `rascunho-${where}`
  const flow = (text: string) => ({
    ...{flow: key, name: `Rascunho ${where}`, trigger: {type: 'keyword', keywords: [key]}},
    nodes: [
      {id: 'a', type: 'message', data: {text}, next: 'w'},
      {id: 'w', type: 'wait'},
    ],
  })
  /** Somebody writes on it over the API. */
  const save = async (text: string, isNew = false) => {
    const runtime = await testRuntime(place().env())
    const caller = {...shell, tenant: 'Nobody else'}
    if (isNew) await invoke(runtime, createFlow, flow(text), caller)
    else await invoke(runtime, editFlow, {id: key, ...flow(text)}, caller)
    await runtime.close()
  }
  const stateOf = async (...more: string[]) =>
    (await pytake(['flow', 'list', ...more])).stdout
      .split('\n')
      .find((line) => line.startsWith(`${key}\t`))
      ?.split('\t')

  it('are told by list and show, published on their own, and thrown away', async () => {
    await save('Oi', true)
    expect(await stateOf()).toEqual(expect.arrayContaining(['draft']))
    const shown = await pytake(['flow', 'show', key])
    expect(shown.exitCode, shown.stderr).toBe(0)
    expect(shown.stdout).toMatch(/release\tnone\n[^]*state\tdraft\n[^]*draft\tsaved \S+ by cli:ana\n/)
    const refused = await pytake(['flow', 'publish', key])
    expect(refused).toMatchObject({exitCode: 2})
    expect(refused.stderr).toContain('--yes')
    const published = await pytake(['flow', 'publish', key, '--note', 'primeira', '--yes', '--json'])
    expect(published.exitCode, published.stderr).toBe(0)
    expect(published.json()).toMatchObject({version: 1, is_active: true, draft: null, shown: {note: 'primeira'}})
    expect(await stateOf()).toEqual(expect.arrayContaining(['r1', 'live']))

    await save('Olá')
    expect(await stateOf()).toEqual(expect.arrayContaining(['r1', 'live, a draft waits']))
    expect((await pytake(['flow', 'remove', key, '--draft', '--yes', '--json'])).json()).toMatchObject({
      discarded: true,
    })
    expect(await stateOf()).toEqual(expect.arrayContaining(['r1', 'live']))
    expect(await pytake(['flow', 'publish', key, '--yes'])).toMatchObject({exitCode: 5})
    await pytake(['flow', 'remove', key, '--yes'])
    expect(await stateOf()).toBeUndefined()
    expect(await stateOf('--all')).toEqual(expect.arrayContaining(['removed']))
  })

  it('are no release to compare, to pull or to promote', async () => {
    const other = `${key}-so`
    const runtime = await testRuntime(place().env())
    await invoke(runtime, createFlow, {...flow('Oi'), flow: other}, {...shell, tenant: 'Nobody else'})
    await runtime.close()
    for (const argv of [
      ['flow', 'diff', other, other],
      ['flow', 'pull', other, '--yes'],
      ['flow', 'stats', other],
    ]) {
      const ran = await pytake(argv)
      expect(ran.exitCode, argv.join(' ')).toBe(5)
      expect(ran.stderr).toContain('only a draft')
    }
    expect((await pytake(['flow', 'remove', other, '--yes'])).exitCode).toBe(0)
    expect((await pytake(['flow', 'show', other])).exitCode).toBe(5)
  })
})
