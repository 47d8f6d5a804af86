import {beforeAll, expect, it} from 'vitest'
import {localAndRemote} from '../support/both-ways.ts'
import {run} from '../support/cli.ts'
import {onBothEngines} from '../support/stores.ts'
import {openTestRuntime} from '../support/world.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'

const lines = (text: string) =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

async function writeEvents(runtime: Runtime, tenant: string): Promise<void> {
  const now = Date.now()
  const subject = {
    conversation_id: 'c1',
    contact_id: 'p1',
    config_id: 'n1',
    contact_name: 'Maria',
    contact_phone: '+5511987654321',
  }
  await runtime.stores.tenant(tenant).write(async (tx) => {
    tx.emit({
      type: 'message_received',
      at: now - 7200_000,
      data: {...subject, text: 'cedo', kind: 'text', direction: 'inbound'},
    })
    tx.emit({
      type: 'message_received',
      at: now - 60_000,
      data: {...subject, message_id: 'm1', text: 'oi\u001b[31m', kind: 'text', direction: 'inbound'},
    })
    tx.emit({
      type: 'message_queued',
      at: now - 50_000,
      data: {...subject, message_id: 'm2', text: 'Olá', kind: 'text', direction: 'outbound', flow: 'inicio', node: 'a'},
    })
    tx.emit({
      type: 'message_sent',
      at: now - 40_000,
      data: {...subject, message_id: 'm2', kind: 'text', direction: 'outbound', status: 'sent', took_ms: 27},
    })
    tx.emit({type: 'conversation_updated', at: now - 30_000, data: {...subject, status: 'waiting', queue: 'suporte'}})
    tx.emit({
      type: 'lane_stopped',
      at: now - 20_000,
      data: {config_id: 'n1', error_code: '190', reason: 'token', next_step: 'Renew it.'},
    })
  })
}

/** Who and what the events are about; written as rows, because whatever makes them is told in the log too. */
async function writeSubjects(runtime: Runtime, tenant: string): Promise<void> {
  const now = new Date()
  const row = () => ({id: runtime.ids.next(), tenant_id: tenant, created_at: now, updated_at: now})
  await runtime.stores.tenant(tenant).write(async (tx) => {
    await tx.insert(
      'contacts',
      ['Maria', 'João'].map((name) => ({...row(), name})),
    )
    const flow = {flow_key: 'inicio', name: 'Boas-vindas', trigger_type: 'none', nodes: '[]', edges: '[]', release: 'x'}
    await tx.insert('flows', [{...row(), ...flow}])
  })
}

localAndRemote('pytake tail --no-follow', ({pytake, where}) => {
  const name = `Empresa ${where}`
  let id: string

  beforeAll(async () => {
    id = (await pytake(['tenant', 'create', '--name', name, '--json'])).json().id
    const token = await pytake(['tail', '--tenant', name, '--no-follow', '--json'])
    expect([token.exitCode, token.stdout]).toEqual([0, ''])
  })

  it('refuses what it cannot understand, naming it', async () => {
    const since = await pytake(['tail', '-t', id, '--since', 'yesterday', '--no-follow', '--json'])
    expect(since.exitCode).toBe(2)
    expect(since.error().message).toMatch(/since: must be a duration/)
    const type = await pytake(['tail', '-t', id, '--type', 'message_send', '--no-follow', '--json'])
    expect([type.exitCode, type.error().details[0]?.field]).toEqual([2, 'type'])
    const config = await pytake(['tail', '-t', id, '--config', 'nowhere', '--no-follow', '--json'])
    expect(config.exitCode).toBe(5)
  })

  it.each([
    ['--status', 'nope', 2, /--status=nope to be one of: received, queued, .*, replaced$/],
    ['--flow', 'nope', 5, /^Flow "nope" was not found\.$/],
    ['--contact', 'nope', 5, /^Contact "nope" was not found\.$/],
  ])('refuses %s %s, which nothing can be about', async (flag, value, exitCode, words) => {
    // The server of these tests has no /ws; what that refuses is tested there.
    for (const how of where === 'local' ? ['--no-follow', '--follow'] : ['--no-follow']) {
      const ran = await pytake(['tail', '-t', id, flag, value, how, '--json'])
      expect([ran.exitCode, ran.stdout], ran.stderr).toEqual([exitCode, ''])
      expect(ran.error().message).toMatch(words)
    }
  })

  it('waits for a number or an id that is nobody yet', async () => {
    for (const contact of ['+55 11 98765-9999', '0192aaaa-0000-7000-8000-000000000001']) {
      const ran = await pytake(['tail', '-t', id, '--contact', contact, '--no-follow', '--json'])
      expect([ran.exitCode, ran.stdout], ran.stderr).toEqual([0, ''])
    }
  })

  it('says that it cannot resume, and exits with 1', async () => {
    const old = await pytake(['tail', '-t', id, '--since', 'deadbeef0000.12', '--no-follow', '--json'])
    expect(old.exitCode).toBe(1)
    expect(old.error().message).toMatch(/^Cannot resume: /)
  })
})

onBothEngines('pytake tail of a log with events', (place) => {
  let tenant: string
  const tail = (...argv: string[]) => run(['tail', '--no-follow', ...argv], {env: place().env()})

  beforeAll(async () => {
    const made = await run(['tenant', 'create', '--name', 'Provedor', '--json'], {env: place().env()})
    tenant = made.json().id
    const runtime = await openTestRuntime(place())
    await writeSubjects(runtime, tenant)
    await writeEvents(runtime, tenant)
    await runtime.close()
  })

  it('prints NDJSON with cursor, time, type and data', async () => {
    const {stdout, exitCode} = await tail('--since', '1h', '--json')
    expect(exitCode).toBe(0)
    const events = lines(stdout)
    expect(events.map(({type}) => type)).toEqual([
      'message_received',
      'message_queued',
      'message_sent',
      'conversation_updated',
      'lane_stopped',
    ])
    expect(Object.keys(events[0])).toEqual(['cursor', 'at', 'type', 'data'])
    expect(events[0].at).toMatch(/^\d{4}-\d{2}-\d{2}T[\d:]{8}\.\d{3}Z$/)
    expect(events[0].data).toMatchObject({
      conversation_id: 'c1',
      message: {id: 'm1', content: 'oi\u001b[31m', direction: 'inbound', type: 'text'},
    })
    expect(events[3].data).toMatchObject({id: 'c1', status: 'waiting'})
  })

  it('goes on from a cursor without loss or repeats, and shows everything when no place is given', async () => {
    const all = lines((await tail('--json')).stdout)
    expect(all).toHaveLength(6)
    for (const [index, event] of all.entries()) {
      const rest = lines((await tail('--json', '--since', event.cursor)).stdout)
      expect(rest).toEqual(all.slice(index + 1))
    }
  })

  it.each([
    [
      ['--type', 'message_sent,lane_stopped'],
      ['message_sent', 'lane_stopped'],
    ],
    [['--direction', 'inbound'], ['message_received']],
    [
      ['--direction', 'outbound'],
      ['message_queued', 'message_sent'],
    ],
    [['--status', 'waiting'], ['conversation_updated']],
    [['--status', 'sent'], ['message_sent']],
    [['--flow', 'inicio', '--type', 'message_queued,message_sent'], ['message_queued']],
    [['--contact', '11 98765-4321', '--direction', 'inbound'], ['message_received']],
    [['--contact', 'maria', '--type', 'message_sent'], ['message_sent']],
    [['--contact', 'joao'], []],
    [['--flow', 'Boas-vindas', '--type', 'message_queued'], ['message_queued']],
  ])('filters by %j', async (flags, types) => {
    const {stdout} = await tail('--since', '1h', '--json', ...flags)
    expect(lines(stdout).map(({type}) => type)).toEqual(types)
  })

  it('is a line per event for people, joined where two say the same, with control characters escaped', async () => {
    const {stdout} = await run(['tail', '--no-follow', '--since', '1h'], {
      env: {...place().env(), NO_COLOR: '1'},
      terminal: 110,
    })
    const shown = stdout.trimEnd().split('\n')
    expect(shown).toHaveLength(4)
    expect(shown[0]).toMatch(/ ← {2}in {4}Maria {12} oi\\u001b\[31m .*text$/)
    expect(shown[1]).toMatch(/ → {2}out {3}Maria {12} Olá {2,}sent 27ms {4}inicio › a$/)
    expect(shown[3]).toMatch(/ ✗ {2}fail .*number stopped: 190 token Renew it\.$/)
    for (const line of shown) expect(line.length).toBeLessThanOrEqual(110)
  })

  it('shows a quiet type to whoever names it', async () => {
    expect((await tail('--type', 'message_queued')).stdout).toMatch(/\tout\tMaria\tOlá\tqueued\tinicio › a\n$/)
  })

  it('is a row per event in a pipe: fields with tabs between, nothing padded or cut', async () => {
    const {stdout} = await tail('--since', '1h')
    const rows = stdout
      .split('\n')
      .slice(0, -1)
      .map((row) => row.split('\t'))
    expect(rows.map((row) => row.slice(1))).toEqual([
      ['in', 'Maria', 'oi\\u001b[31m', 'text', ''],
      ['out', 'Maria', 'Olá', 'sent 27ms', 'inicio › a'],
      ['info', 'Maria', 'conversation waiting: queue suporte', '', ''],
      ['fail', '', 'number stopped: 190 token Renew it.', '', ''],
    ])
    for (const [at] of rows) expect(at).toMatch(/^\d{4}-\d{2}-\d{2}T[\d:]{8}\.\d{3}Z$/)
  })
})
