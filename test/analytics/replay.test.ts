import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, it} from 'vitest'
import {resolve, returnToBot} from '../../src/conversations/hand-over.ts'
import {run} from '../support/cli.ts'
import {openPeopleInside, type PeopleInside} from '../support/people-inside.ts'
import {onBothEngines} from '../support/stores.ts'
import {applyTo} from '../support/world.ts'

const flow = `
flow: pedido
trigger: {type: keyword, keywords: [oi]}
nodes:
  - {id: pergunta, type: message, data: {text: "Olá {{contact.name}}, qual o CEP?"}, next: cep}
  - id: cep
    type: wait
    data: {save_as: cep, timeout: 30m}
    next: [{if: "outcome == 'timeout'", to: desiste}, busca]
  - id: busca
    type: api_call
    data: {url: "https://cep.example/{{ vars.cep }}", save: {rua: "body.rua"}}
    next: [{if: "outcome != 'ok'", to: sem_rua}, rua]
  - {id: rua, type: message, data: {text: "Rua {{vars.rua}}."}, next: fim}
  - {id: sem_rua, type: message, data: {text: "Não achei."}, next: fim}
  - {id: desiste, type: message, data: {text: "Até logo."}, next: fim}
  - {id: fim, type: end}
`

onBothEngines('a replay', (place) => {
  let inside: PeopleInside
  let folder: string

  /** As the job that calls would have put it. */
  const answered = async (customer: number, rua: string) => {
    const {id = ''} = (await inside.session(customer)) ?? {}
    const row = await inside.db.read((q) =>
      q.selectFrom('flow_sessions').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
    )
    const {number} = row.context as unknown as {number: number}
    const result = {outcome: 'ok', data: {status: 200, headers: {}, body: {rua}}}
    const body = {
      type: 'input',
      dedupe: '',
      conversation_id: row.conversation_id,
      input: {kind: 'result', number, result},
    }
    await inside.db.write((tx) =>
      tx.insert('inbox', [
        {
          key: `${row.config_id} conversation:${row.conversation_id}`,
          ...{config_id: row.config_id, kind: 'input', dedupe_key: `input ${id} ${number}`, body: JSON.stringify(body)},
          ...{raw_id: null, state: 'pending', attempts: 0, received_at: new Date(inside.clock.now())},
        },
      ]),
    )
    await inside.settle()
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pytake-replay-'))
    inside = await openPeopleInside(place(), 'Repete')
    await applyTo(inside.runtime, inside.db, [flow])
    for (const customer of [1, 2, 3]) {
      await inside.say(customer, 'oi')
      await inside.say(customer, `0100${customer}`)
      await answered(customer, `das Flores ${customer}`)
    }
    await inside.say(4, 'oi')
    inside.clock.skip(31 * 60_000)
    await inside.settle()
    await inside.say(5, 'oi')
  })
  afterAll(async () => {
    await inside.close()
    rmSync(folder, {recursive: true, force: true})
  })
  const replay = (text: string, ...argv: string[]) => {
    writeFileSync(join(folder, 'pedido.yaml'), text)
    const file = ['--file', join(folder, 'pedido.yaml')]
    const since = ['--since', '3650d']
    return run(['flow', 'replay', 'pedido', ...file, ...since, '-t', 'Repete', ...argv], {env: place().env()})
  }

  it('finds nothing where nothing differs: recorded answers and silence included', async () => {
    expect(await inside.told(3)).toEqual(['Olá Cliente 3, qual o CEP?', 'Rua das Flores 3.'])
    const ran = await replay(flow, '--json', '--exit-code')
    expect(ran.exitCode, ran.stderr).toBe(0)
    // Who is still inside is not over.
    expect(ran.json()).toEqual({flow: 'pedido', sessions: 4, skipped: 0, same: 4, differences: []})
    const messages = await inside.db.read((q) => q.selectFrom('messages').select('id').execute())
    await replay(flow.replace('Rua {{', 'Fica na rua {{'))
    expect(await inside.db.read((q) => q.selectFrom('messages').select('id').execute())).toEqual(messages)
  })

  it('tells other texts once, with how often and an example', async () => {
    const ran = await replay(flow.replace('Rua {{vars.rua}}.', 'Fica na {{vars.rua}}.'), '--json', '--exit-code')
    expect(ran.exitCode).toBe(10)
    expect(ran.json()).toMatchObject({
      same: 1,
      differences: [
        {
          ...{kind: 'says', before: 'rua', after: 'rua', count: 3},
          example: {before: 'Rua das Flores 3.', after: 'Fica na das Flores 3.'},
        },
      ],
    })
  })

  it('tells other ways, other calls and other ends, the most frequent first', async () => {
    const other = flow
      .replace('desiste}, busca]', 'fim}, busca]')
      .replace('if: "outcome != \'ok\'"', 'if: "vars.rua != \'x\'"')
    const ways = (await replay(other, '--json')).json()
    expect(ways.differences).toMatchObject([
      {kind: 'goes', before: 'rua', after: 'sem_rua', count: 3},
      {kind: 'goes', before: 'desiste', after: null, count: 1},
    ])
    const calls = flow.replace('to: desiste}, busca]', 'to: desiste}, {if: "vars.cep == \'01002\'", to: fim}, busca]')
    const called = (await replay(calls, '--json')).json()
    expect(called.differences).toMatchObject([{kind: 'goes', before: 'rua', after: null, count: 1}])
    const silent = (await replay(flow.replace('timeout: 30m', 'timeout: 2h'), '--json')).json()
    expect(silent.differences).toMatchObject([{kind: 'goes', before: 'desiste', after: null, count: 1}])
  })

  it('does not begin where the trigger is another', async () => {
    const ran = (await replay(flow.replace('[oi]', '[pedido]'), '--json')).json()
    expect(ran.differences).toMatchObject([{kind: 'goes', before: 'pergunta', after: null, count: 4}])
  })

  it('is a table of texts on a terminal and rows in a pipe', async () => {
    const text = flow.replace('Até logo.', 'Adeus.')
    writeFileSync(join(folder, 'pedido.yaml'), text)
    const argv = ['flow', 'replay', 'pedido', '--file', join(folder, 'pedido.yaml'), '-t', 'Repete', '--since', '3650d']
    const drawn = await run(argv, {env: {...place().env(), NO_COLOR: '1'}, terminal: 80})
    expect(drawn.stdout).toMatch(/^4 conversations: 3 as before, 1 differ\n\n {2}1 {2}desiste says something else/)
    expect(drawn.stdout).toContain('- Até logo.\n     + Adeus.\n')
    expect((await replay(text)).stdout).toMatch(/^1\tsays\tdesiste\tdesiste\t\S+\tAté logo\.\tAdeus\.\n$/)
  })

  it.each([
    ['another flow', (text: string) => text.replace('flow: pedido', 'flow: outro'), [], 3, /"outro"/],
    ['a file with mistakes', (text: string) => text.replace('type: end', 'type: edn'), [], 3, /problem/],
    ['a time that is none', (text: string) => text, ['--since', 'ontem'], 2, /since/],
  ])('refuses %s', async (_what, change, more, exitCode, message) => {
    const ran = await replay(change(flow), '--json', ...more)
    expect(ran.exitCode).toBe(exitCode)
    expect(ran.error().message).toMatch(message)
  })

  it('wants to know against what', async () => {
    expect((await run(['flow', 'replay', 'pedido', '-t', 'Repete'], {env: place().env()})).exitCode).toBe(2)
    const old = await run(
      ['flow', 'replay', 'pedido', '--release', '1', '--since', '3650d', '-t', 'Repete', '--json'],
      {env: place().env()},
    )
    expect(old.json()).toMatchObject({same: 4, differences: []})
  })

  it('gives back what a person gave back, and closes what a person closed', async () => {
    const talk = `
flow: conversa
trigger: {type: keyword, keywords: [ajuda]}
nodes:
  - {id: espera, type: message, data: {text: "Já vem alguém."}, next: pessoa}
  - id: pessoa
    type: transfer
    data: {queue: suporte, timeout: 12h}
    next: [{if: "outcome == 'timeout'", to: ninguem}, {if: "outcome == 'closed'", to: fim}, nota]
  - {id: nota, type: message, data: {text: "Como foi?"}, next: resposta}
  - {id: resposta, type: wait, data: {save_as: resposta, timeout: 1h}, next: fim}
  - {id: ninguem, type: message, data: {text: "Ninguém pôde atender."}, next: fim}
  - {id: fim, type: end}
`
    await applyTo(inside.runtime, inside.db, [talk])
    const conversationOf = async (customer: number) => {
      const {id = ''} = (await inside.session(customer)) ?? {}
      const rows = inside.db.read((q) => q.selectFrom('flow_sessions').selectAll().where('id', '=', id).execute())
      return (await rows)[0]?.conversation_id ?? ''
    }
    for (const customer of [11, 12, 13]) await inside.say(customer, 'ajuda')
    await inside.say(11, 'alguém?')
    const [returned, closed] = [await conversationOf(11), await conversationOf(12)]
    await inside.db.write((tx) => returnToBot(tx, returned, inside.clock.now()))
    await inside.db.write((tx) => resolve(tx, closed, inside.clock.now()))
    await inside.settle()
    await inside.say(11, 'bem')
    inside.clock.skip(13 * 3_600_000)
    await inside.settle()
    const play = (text: string) => {
      writeFileSync(join(folder, 'conversa.yaml'), text)
      const argv = ['flow', 'replay', 'conversa', '--file', join(folder, 'conversa.yaml'), '--since', '3650d', '--json']
      return run([...argv, '-t', 'Repete'], {env: place().env()})
    }
    expect((await play(talk)).json()).toMatchObject({sessions: 3, skipped: 0, same: 3})
    expect((await play(talk.replace('Como foi?', 'Foi bom?'))).json()).toMatchObject({
      same: 2,
      differences: [{kind: 'says', before: 'nota', count: 1, example: {before: 'Como foi?', after: 'Foi bom?'}}],
    })
    expect((await play(talk.replace('Ninguém pôde', 'Não pudemos'))).json()).toMatchObject({
      same: 2,
      differences: [{kind: 'says', before: 'ninguem', count: 1}],
    })
    const alone = talk.replace(
      'type: transfer\n    data: {queue: suporte, timeout: 12h}',
      'type: wait\n    data: {save_as: p, timeout: 12h}',
    )
    // Nobody hands over there, so there is nothing to give back: a conversation that a person closed would still be open.
    expect((await play(alone)).json()).toMatchObject({
      ...{skipped: 0, same: 2},
      differences: [{kind: 'ends', before: 'completed', after: 'active', count: 1}],
    })
  })
})
