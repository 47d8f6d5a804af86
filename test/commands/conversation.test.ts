import {beforeAll, expect, it} from 'vitest'
import {localAndRemote} from '../support/both-ways.ts'

localAndRemote('conversation commands', ({where, pytake, file}) => {
  const tenant = `Conversas ${where}`
  const t = ['-t', tenant]
  let id = ''
  const act = (verb: string, ...argv: string[]) => pytake(['conversation', verb, id, ...argv, ...t, '--json'])

  beforeAll(async () => {
    await pytake(['tenant', 'create', '--name', tenant])
    await pytake([
      ...['whatsapp', 'add', ...t, '--name', 'principal', '--api-type', 'official', '--phone', '+551140000100'],
      ...['--phone-number-id', `55${where}`, '--access-token-file', file('token', 'x')],
    ])
    const sent = await pytake(['message', 'send', '--to', '+5511987650001', '--text', 'oi', ...t, '--json'])
    id = sent.json().conversation_id
  })

  it('lists and shows', async () => {
    const shown = (await act('show')).json()
    expect(shown).toMatchObject({
      id,
      contact_phone: '+5511987650001',
      status: 'active',
      holder: 'bot',
      tags: [],
      last_inbound_at: null,
    })
    const list = (await pytake(['conversation', 'list', ...t, '--status', 'active', '--json'])).json()
    expect(list).toMatchObject({data: [shown], page: {total: 1}})
    expect((await pytake(['conversation', 'list', ...t, '--status', 'waiting', '--json'])).json().data).toEqual([])
    expect((await pytake(['conversation', 'show', 'ghost', ...t])).exitCode).toBe(5)
    expect((await pytake(['conversation', 'list', '--contact', 'ghost', ...t])).exitCode).toBe(5)
  })

  it('tags and untags', async () => {
    expect((await act('tag', 'vip', 'atraso')).json().tags).toEqual(['vip', 'atraso'])
    expect((await pytake(['conversation', 'list', ...t, '--tag', 'vip', '--json'])).json().page.total).toBe(1)
    expect((await pytake(['conversation', 'list', ...t, '--tag', 'vi', '--json'])).json().page.total).toBe(0)
    expect((await act('untag', 'atraso')).json().tags).toEqual(['vip'])
  })

  it('goes from the bot to people and back', async () => {
    expect((await act('return')).exitCode).toBe(6)
    expect((await act('transfer', '--queue', 'suporte', '--note', 'irritado')).json()).toMatchObject({
      status: 'waiting',
      holder: 'human',
      metadata: {queue: 'suporte', note: 'irritado'},
    })
    const assigned = (await act('assign', 'Ana')).json()
    expect(assigned).toMatchObject({status: 'active', holder: 'human', metadata: {user: 'Ana'}})
    const hers = await pytake(['conversation', 'list', ...t, '--assigned-to', 'Ana', '--json'])
    expect(hers.json().data).toEqual([assigned])
    expect((await act('assign', 'none')).json()).toMatchObject({status: 'waiting', metadata: {user: null}})
    const returned = (await act('return')).json()
    expect(returned).toMatchObject({status: 'active', holder: 'bot', metadata: {user: null}})
    const told = (await pytake(['conversation', 'show', id, ...t])).stdout
    for (const gone of ['suporte', 'irritado', 'Ana']) expect(JSON.stringify(returned) + told).not.toContain(gone)
  })

  it('keeps nothing of a hand-over that was resolved', async () => {
    await act('transfer', '--queue', 'financeiro', '--note', 'boleto')
    const resolved = (await act('resolve')).json()
    expect(resolved).toMatchObject({status: 'resolved', holder: 'bot'})
    expect(JSON.stringify(resolved.metadata)).not.toMatch(/financeiro|boleto/)
  })

  it('is resolved once, and a new message opens another', async () => {
    expect((await act('resolve')).exitCode).toBe(6)
    const sent = await pytake(['message', 'send', '--to', '+5511987650001', '--text', 'oi', ...t, '--json'])
    expect(sent.json().conversation_id).not.toBe(id)
  })
})
