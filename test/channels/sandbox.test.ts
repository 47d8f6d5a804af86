import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, describe, expect, it} from 'vitest'
import {systemClock} from '../../src/base/clock.ts'
import {createHttp} from '../../src/base/http.ts'
import type {Content} from '../../src/base/message.ts'
import type {Account, ChannelEvent} from '../../src/channels/channel.ts'
import {setWebhook} from '../../src/channels/evolution/instance.ts'
import {channels} from '../../src/channels/registry.ts'
import {KEY, NAME, server as evolutionRig} from '../sandbox/evolution-rig.ts'
import {PNID, type Receiver, rig, SECRET, TOKEN, WABA} from '../sandbox/rig.ts'

/** Two readings of each provider's interface that know nothing of each other must understand one another. */

const http = createHttp({clock: systemClock})
const folder = mkdtempSync(join(tmpdir(), 'pytake-media-'))
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC',
  'base64',
)
const picture = join(folder, 'a.png')
writeFileSync(picture, png)
afterAll(async () => {
  rmSync(folder, {recursive: true})
  await http.close()
})

const options = [
  {id: 'f/n/0', title: 'Suporte'},
  {id: 'f/n/1', title: 'Vendas'},
]

const contents: Content[] = [
  {kind: 'text', text: 'oi'},
  {kind: 'location', latitude: -26.3, longitude: -48.8, name: 'Loja', address: 'Rua A'},
  {
    kind: 'contacts',
    contacts: [{name: {formatted_name: 'Ana B', first_name: 'Ana'}, phones: [{phone: '+5547999990002'}]}],
  },
  {kind: 'buttons', text: 'Como ajudar?', buttons: options, header: {text: 'Olá'}, footer: 'Equipe'},
  {kind: 'list', text: 'Escolha', button: 'Abrir', sections: [{title: 'Setores', rows: options}]},
  {kind: 'cta_url', text: 'Pague', display_text: 'Abrir', url: 'https://a.example/b'},
]

const base = {configId: 'c', tenantId: 't', phoneNumber: '+554733330001', allowPrivateNetwork: true}

describe('Cloud API', () => {
  const account = (apiUrl: string): Account => ({
    ...base,
    apiType: 'official',
    phoneNumberId: PNID,
    businessAccountId: WABA,
    accessToken: TOKEN,
    apiUrl,
  })
  const channel = channels.official
  const eventsOf = (hook: Receiver): ChannelEvent[] =>
    hook.posts.flatMap(({raw, headers, body}) => {
      expect(channel.verify({headers, rawBody: raw}, ['old', SECRET])).toBe(true)
      return channel.parse(body)
    })

  it('has every kind accepted, and understands the statuses that follow', async () => {
    await using r = await rig()
    const customer = r.sandbox.customer({phone: '+55 47 99999-0001', name: 'Maria', via: PNID})
    customer.say('oi')
    await r.sandbox.idle()
    const to = {kind: 'phone', value: '5547999990001'} as const
    const media = await channel.uploadMedia({path: picture, mimeType: 'image/png'}, account(r.sandbox.cloudUrl), http)
    const all: Content[] = [...contents, {kind: 'image', media, caption: 'foto'}]
    for (const [index, content] of all.entries()) {
      const message = {to, content, callbackData: `m${index}.1`}
      expect(channel.check(content)).toEqual([])
      const result = await channel.send(message, account(r.sandbox.cloudUrl), http)
      expect(result).toMatchObject({outcome: 'accepted', identities: [{kind: 'wa_id', value: '554799990001'}, {}]})
    }
    await r.sandbox.idle()
    const delivered = eventsOf(r.hook).filter((event) => event.type === 'status' && event.status === 'delivered')
    expect(delivered.map((event) => event.type === 'status' && event.callbackData)).toEqual(
      all.map((_, i) => `m${i}.1`),
    )
  })

  it('understands what the customer says, taps, picks and sends', async () => {
    await using r = await rig()
    const customer = r.sandbox.customer({phone: '+55 47 99999-0001', name: 'Maria', via: PNID})
    customer.say('oi')
    const to = {kind: 'wa_id', value: customer.waId} as const
    for (const content of contents.slice(3, 5)) {
      await channel.send({to, content, callbackData: 'm'}, account(r.sandbox.cloudUrl), http)
    }
    await customer.waitFor(2, 5000)
    customer.tap('Suporte')
    customer.pick('Vendas')
    customer.sendImage({bytes: png, mimeType: 'image/png', caption: 'foto'})
    customer.react('👍')
    await r.sandbox.idle()
    const messages = eventsOf(r.hook).filter((event) => event.type === 'message')
    expect(messages).toMatchObject([
      {
        text: 'oi',
        from: [{kind: 'wa_id', value: '554799990001'}, {kind: 'phone', value: '5547999990001'}, {kind: 'bsuid'}],
      },
      {option: {id: 'f/n/0', title: 'Suporte'}},
      {option: {id: 'f/n/1', title: 'Vendas'}},
      {content: {kind: 'image'}, text: 'foto'},
      {content: {kind: 'reaction', emoji: '👍'}},
    ])
    const [image] = messages.flatMap(({content}) => (content.kind === 'image' ? [content.media] : []))
    const fetched = await channel.fetchMedia(image ?? {}, 'x', account(r.sandbox.cloudUrl), http)
    expect(fetched).toEqual({bytes: png, mimeType: 'image/png'})
  })

  it('has its read marks and its connection test understood', async () => {
    await using r = await rig()
    const customer = r.sandbox.customer({phone: '+55 47 99999-0001', name: 'Maria', via: PNID})
    const id = customer.say('oi')
    const sender = {kind: 'wa_id', value: customer.waId} as const
    await channel.markRead(id, sender, account(r.sandbox.cloudUrl), http, true)
    expect([customer.seenByBusiness, customer.typingShown]).toEqual([[id], 1])
    expect((await channel.test(account(r.sandbox.cloudUrl), http)).checks.filter(({ok}) => !ok)).toEqual([])
    const wrong = {...account(r.sandbox.cloudUrl), accessToken: 'wrong'}
    expect((await channel.test(wrong, http)).checks[0]?.help).toContain('--access-token-file')
    expect(Array.isArray(await channel.listTemplates(account(r.sandbox.cloudUrl), http))).toBe(true)
  })
})

describe('Evolution', () => {
  const account = (apiUrl: string): Account => ({...base, apiType: 'evolution', instance: NAME, apiKey: KEY, apiUrl})
  const channel = channels.evolution
  const eventsOf = (hook: Receiver) => hook.posts.flatMap(({body}) => channel.parse(body))

  it('has every kind accepted, and understands echoes and ticks', async () => {
    await using s = await evolutionRig()
    s.sandbox.customer({phone: '+55 47 99999-0001', name: 'Maria', via: NAME})
    const to = {kind: 'phone', value: '5547999990001'} as const
    const media = await channel.uploadMedia({path: picture, mimeType: 'image/png'}, account(''), http)
    const all: Content[] = [...contents, {kind: 'image', media, caption: 'foto'}]
    const ids = []
    for (const content of all) {
      expect(channel.check(content)).toEqual([])
      const result = await channel.send({to, content, callbackData: 'm'}, account(s.sandbox.evolutionUrl), http)
      expect(result).toMatchObject({
        outcome: 'accepted',
        identities: [{kind: 'jid', value: '554799990001@s.whatsapp.net'}, {}],
      })
      if (result.outcome === 'accepted') ids.push(result.providerId)
    }
    await s.sandbox.idle()
    const events = eventsOf(s.hook)
    expect(events.filter(({type}) => type === 'unknown')).toEqual([])
    for (const id of ids) {
      expect(events).toContainEqual(expect.objectContaining({type: 'echo', providerId: id, viaApi: true}))
      expect(events).toContainEqual(expect.objectContaining({type: 'status', providerId: id, status: 'delivered'}))
    }
  })

  it('refuses who is not on WhatsApp', async () => {
    await using s = await evolutionRig()
    const to = {kind: 'phone', value: '5547999990009'} as const
    const content: Content = {kind: 'text', text: 'oi'}
    const result = await channel.send({to, content, callbackData: 'm'}, account(s.sandbox.evolutionUrl), http)
    expect(result).toMatchObject({outcome: 'refused', error: {code: 'not_on_whatsapp', class: 'stop_recipient'}})
  })

  it('sets the webhook with a secret that comes back, and understands the customer', async () => {
    await using s = await evolutionRig()
    await setWebhook({url: s.hook.url, secret: 'S', base64: true}, account(s.sandbox.evolutionUrl), http)
    const customer = s.sandbox.customer({phone: '+55 47 99999-0001', name: 'Maria', via: NAME, lid: '112233445566778'})
    customer.say('oi')
    customer.sendImage({bytes: png, mimeType: 'image/png', caption: 'foto'})
    await s.sandbox.idle()
    for (const {headers, raw} of s.hook.posts) expect(channel.verify({headers, rawBody: raw}, ['S'])).toBe(true)
    const messages = eventsOf(s.hook).filter((event) => event.type === 'message')
    expect(messages).toMatchObject([
      {text: 'oi', name: 'Maria'},
      {text: 'foto', content: {kind: 'image'}},
    ])
    expect(messages[0]).toMatchObject({from: [{kind: 'jid'}, {kind: 'phone', value: '5547999990001'}, {kind: 'lid'}]})
    const [image] = messages.flatMap(({content}) => (content.kind === 'image' ? [content.media] : []))
    const fetched = await channel.fetchMedia(image ?? {}, messages[1]?.providerId ?? '', account(''), http)
    expect(fetched.bytes).toEqual(png)
    const report = await channel.test(account(s.sandbox.evolutionUrl), http)
    expect(report.checks.filter(({ok}) => !ok)).toEqual([])
  })
})
