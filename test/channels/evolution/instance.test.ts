import {afterAll, describe, expect, it} from 'vitest'
import {systemClock} from '../../../src/base/clock.ts'
import {createHttp} from '../../../src/base/http.ts'
import type {Account} from '../../../src/channels/channel.ts'
import {evolution} from '../../../src/channels/evolution/channel.ts'
import {findMessages} from '../../../src/channels/evolution/find-messages.ts'
import {
  connectInstance,
  instanceState,
  logoutInstance,
  restartInstance,
  setWebhook,
  webhookEvents,
} from '../../../src/channels/evolution/instance.ts'
import {recordingServer, type Answer} from '../../support/recording-server.ts'

const http = createHttp({clock: systemClock})
afterAll(() => http.close())

const accountAt = (apiUrl: string): Account => ({
  configId: 'c',
  tenantId: 't',
  apiType: 'evolution',
  phoneNumber: '+554733330001',
  instance: 'demo',
  apiKey: 'KEY',
  apiUrl,
  allowPrivateNetwork: true,
})

async function asked<Result>(answer: Answer, ask: (account: Account) => Promise<Result>) {
  await using server = await recordingServer(() => answer)
  const result = await ask(accountAt(server.url))
  return {result, request: server.requests[0]}
}

describe('pairing', () => {
  const pairing = {pairingCode: 'ABCD1234', code: '2@QR', base64: 'data:image/png;base64,A', count: 1}

  it('gives the text of the QR code, and a code to type when the number is told', async () => {
    const {result, request} = await asked({body: pairing}, (account) => connectInstance(account, http, '5547999990001'))
    expect(result).toEqual({state: 'pairing', code: '2@QR', pairingCode: 'ABCD1234'})
    expect(request).toMatchObject({method: 'GET', url: '/instance/connect/demo?number=5547999990001'})
  })

  it('says when the phone is connected already', async () => {
    const body = {instance: {instanceName: 'demo', state: 'open'}}
    const {result, request} = await asked({body}, (account) => connectInstance(account, http))
    expect(result).toEqual({state: 'open'})
    expect(request?.url).toBe('/instance/connect/demo')
  })

  it('takes an error that comes with status 200 for what it is', async () => {
    const connecting = asked({body: {error: true, message: 'broken'}}, (account) => connectInstance(account, http))
    await expect(connecting).rejects.toMatchObject({name: 'ChannelError', provider: {details: 'broken'}})
  })

  it('restarts with POST', async () => {
    const {request} = await asked({body: pairing}, (account) => restartInstance(account, http))
    expect(request).toMatchObject({method: 'POST', url: '/instance/restart/demo'})
  })

  it('logs out with DELETE', async () => {
    const {request} = await asked({body: {status: 'SUCCESS', error: false}}, (account) => logoutInstance(account, http))
    expect(request).toMatchObject({method: 'DELETE', url: '/instance/logout/demo'})
  })

  it.each([
    [{instance: {state: 'open'}}, 'open'],
    [{instance: {state: 'close'}}, 'close'],
    [{instance: {}}, 'unknown'],
    [{}, 'unknown'],
  ])('reads the state %o as %s', async (body, state) => {
    const {result} = await asked({body}, (account) => instanceState(account, http))
    expect(result).toBe(state)
  })
})

describe('webhook', () => {
  it('is set in the form of version 2, with the secret that verify asks for', async () => {
    const {request} = await asked({status: 201, body: {id: '1'}}, (account) =>
      setWebhook({url: 'https://hooks.example/c', secret: 'S', base64: true}, account, http),
    )
    expect(request).toMatchObject({method: 'POST', url: '/webhook/set/demo'})
    expect(request?.json).toEqual({
      webhook: {
        enabled: true,
        url: 'https://hooks.example/c',
        headers: {'x-webhook-secret': 'S'},
        byEvents: false,
        base64: true,
        events: [...webhookEvents],
      },
    })
  })

  const verify = (header: string | string[] | undefined, secrets: string[]) =>
    evolution.verify({headers: {'x-webhook-secret': header}, rawBody: Buffer.from('{}')}, secrets)

  it.each<[string | string[] | undefined, string[], boolean]>([
    ['S', ['S'], true],
    ['old', ['new', 'old'], true],
    ['S', ['T'], false],
    ['S', [], false],
    ['', [''], false],
    [undefined, ['S'], false],
    [['S', 'S'], ['S'], false],
    ['SS', ['S'], false],
  ])('header %o against %o is %s', (header, secrets, expected) => {
    expect(verify(header, secrets)).toBe(expected)
  })
})

describe('testing a connection', () => {
  const answers: Record<string, Answer> = {
    '/': {body: {status: 200, version: '2.3.6'}},
    '/instance/connectionState/demo': {body: {instance: {state: 'open'}}},
    '/webhook/find/demo': {body: {enabled: true, url: 'https://hooks.example/c?x=secret', events: []}},
    '/instance/fetchInstances?instanceName=demo': {
      body: [{ownerJid: '554733330001@s.whatsapp.net', profileName: 'Provedor', token: 'T'}],
    },
  }
  const report = async (changes: Record<string, Answer>, more: Partial<Account> = {}) => {
    await using server = await recordingServer(({url}) => ({...answers, ...changes})[url] ?? {status: 404, body: {}})
    return await evolution.test({...accountAt(server.url), ...more}, http)
  }

  it('tells server, instance and webhook, and who is paired', async () => {
    expect(await report({})).toEqual({
      ok: true,
      checks: [
        {name: 'server', ok: true, message: 'The server runs Evolution 2.3.6.'},
        {name: 'instance', ok: true, message: 'The instance demo is open.', help: undefined},
        {name: 'webhook', ok: true, message: 'Events go to hooks.example.'},
      ],
      displayPhoneNumber: '554733330001',
      verifiedName: 'Provedor',
    })
  })

  it.each<[string, Record<string, Answer>, Partial<Account>, string, string]>([
    ['an old server', {'/': {body: {version: '1.8.2'}}}, {}, 'server', 'Update'],
    [
      'a closed instance',
      {'/instance/connectionState/demo': {body: {instance: {state: 'close'}}}},
      {},
      'instance',
      'connect',
    ],
    [
      'an unknown instance',
      {'/instance/connectionState/demo': {status: 404, body: {}}},
      {},
      'instance',
      'edit NAME --instance',
    ],
    ['no webhook', {'/webhook/find/demo': {body: 'null'}}, {}, 'webhook', 'connect'],
    [
      'a webhook that leaves events out',
      {'/webhook/find/demo': {body: {enabled: true, events: ['MESSAGES_UPSERT']}}},
      {},
      'webhook',
      'connect',
    ],
    ['the sample key', {}, {apiKey: '429683C4C977415CAAFCCE10F7D57E11'}, 'key', 'AUTHENTICATION_API_KEY'],
    ['no address', {}, {apiUrl: undefined}, 'server', '--api-url'],
  ])('%s is a failed check with help', async (...[, changes, more, name, help]) => {
    const result = await report(changes, more)
    expect(result.ok).toBe(false)
    const check = result.checks.find((one) => one.name === name)
    expect(check?.ok).toBe(false)
    expect(check?.help).toContain(help)
  })
})

describe('looking for what was sent', () => {
  it('asks for our messages of one chat and leaves out what is of others', async () => {
    const record = (id: string, remoteJid: string, fromMe: boolean) => ({
      key: {id, remoteJid, fromMe},
      message: {conversation: `text of ${id}`},
      messageTimestamp: 1796128200,
    })
    const jid = '554799990001@s.whatsapp.net'
    const records = [record('A', jid, true), record('B', jid, false), record('C', 'other@s.whatsapp.net', true), null]
    const {result, request} = await asked({body: {messages: {records}}}, (account) =>
      findMessages({kind: 'wa_id', value: '554799990001'}, account, http),
    )
    expect(result).toEqual([{providerId: 'A', at: 1796128200000, kind: 'text', text: 'text of A'}])
    expect(request).toMatchObject({
      url: '/chat/findMessages/demo',
      json: {where: {key: {remoteJid: jid, fromMe: true}}, page: 1, offset: 50},
    })
  })
})
