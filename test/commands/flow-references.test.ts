import {afterAll, beforeAll, expect, it} from 'vitest'
import {systemClock} from '../../src/base/clock.ts'
import {systemRandom} from '../../src/base/ids.ts'
import {type Sandbox, startSandbox} from '../../src/sandbox/sandbox.ts'
import {localAndRemote} from '../support/both-ways.ts'

let sandbox: Sandbox
const body = [{type: 'BODY', text: 'Olá'}]
const templates = [
  {name: 'volta_logo', language: 'pt_BR', components: body},
  {name: 'parada', language: 'pt_BR', status: 'PAUSED', components: body},
]
const numbers = [
  {id: '106540352242922', waba: '102290129340398', phone: '+551140000001', templates},
  {id: '106540352242923', waba: '102290129340399', phone: '+551140000002', templates: []},
]

beforeAll(async () => {
  sandbox = await startSandbox({clock: systemClock, random: systemRandom, statusDelayMs: 0})
  for (const {id, waba, phone, templates: known} of numbers) {
    const keys = {phoneNumberId: id, wabaId: waba, displayPhone: phone, token: 'good', appSecret: 's'}
    sandbox.addNumber({...keys, webhookUrl: 'http://127.0.0.1:9/', templates: known})
  }
})
afterAll(() => sandbox.close())

localAndRemote('what flows refer to', ({where, pytake, file}) => {
  // The stand-in lies on this machine, where a server does not go for whoever holds a token.
  const whenLocal = (title: string, body: () => Promise<void>) => (where === 'local' ? it(title, body) : undefined)
  const t = ['-t', `Referências ${where}`]
  beforeAll(async () => void (await pytake(['tenant', 'create', '--name', `Referências ${where}`])))

  const plan = (stdin: string) => pytake(['flow', 'plan', '-', ...t, '--json'], {stdin})
  const details = async (stdin: string) => (await plan(stdin)).error().details

  it('refuses a schedule for a tag that nobody has and no flow gives', async () => {
    const schedule = (tags: string, more = '') => `
flow: lembrete
trigger: {type: schedule, cron: "0 9 * * *", timezone: America/Sao_Paulo, audience: {tags: [${tags}]}}
nodes:
  - {id: a, type: message, data: {text: Oi}}${more}
`
    expect(await details(schedule('vip, ouro'))).toMatchObject([
      {field: 'lembrete', rule: 'missing-tag', message: expect.stringContaining('"vip"')},
      {field: 'lembrete', rule: 'missing-tag', message: expect.stringContaining('"ouro"')},
    ])
    const gives = (tag: string) => `\n  - {id: b, type: set_variable, data: {add_tags: ["${tag}"]}}`
    expect((await plan(schedule('ouro', gives('ouro')))).exitCode).toBe(0)
    expect(await details(schedule('ouro', gives('prata')))).toHaveLength(1)
    expect((await plan(schedule('ouro', gives('{{ contact.name }}')))).exitCode).toBe(0)
    const made = await pytake(['contact', 'add', '+5511987650001', '--tag', 'vip', ...t])
    expect(made.exitCode, made.stderr).toBe(0)
    expect((await plan(schedule('vip'))).exitCode).toBe(0)
    expect((await plan(schedule(''))).exitCode).toBe(0)
  })

  const add = (at: number) => {
    const {id, waba, phone} = numbers[at] as (typeof numbers)[number]
    return pytake([
      ...['whatsapp', 'add', '--name', `n${at}`, '--api-type', 'official', '--phone', phone, '--phone-number-id', id],
      ...['--business-account-id', waba, '--access-token-file', file('token', 'good')],
      ...['--app-secret-file', file('secret', 's'), '--api-url', sandbox.cloudUrl, ...t],
    ])
  }
  const sends = (template: string, language = 'pt_BR', trigger = '') => `
flow: aviso
${trigger}
nodes:
  - {id: a, type: message, data: {template: {name: ${template}, language: ${language}}}}
  - {id: b, type: message, data: {text: Oi, fallback: {template: ${template}, language: ${language}}}}
`
  const onlyOn = (number: string) => `trigger: {type: message_received, numbers: ["${number}"]}`

  whenLocal(
    'refuses a template that a number of the flow does not have, and tells one that is not approved',
    async () => {
      expect((await plan(sends('volta_loga'))).exitCode, 'nobody to ask').toBe(0)
      const added = await add(0)
      expect(added.exitCode, added.stderr).toBe(0)
      expect((await plan(sends('volta_logo'))).json().notes).toEqual([])
      const wrong = await pytake(['flow', 'apply', '-', ...t, '--yes'], {stdin: sends('volta_loga')})
      expect(wrong.exitCode).toBe(3)
      expect(wrong.stderr).toContain(
        'stdin:5 aviso.a: The template "volta_loga" (pt_BR) is not there on n0. Did you mean "volta_logo"?',
      )
      expect(await details(sends('volta_loga'))).toMatchObject([
        {field: 'aviso.a', rule: 'missing-template'},
        {field: 'aviso.b', rule: 'missing-template'},
      ])
      expect(await details(sends('volta_logo', 'en'))).toMatchObject([
        {message: 'The template "volta_logo" is there in pt_BR on n0, not in en.'},
        {field: 'aviso.b'},
      ])
      expect((await plan(sends('parada'))).json().notes).toEqual([
        'aviso.a: The template "parada" (pt_BR) is PAUSED on n0: WhatsApp sends only approved ones.',
        'aviso.b: The template "parada" (pt_BR) is PAUSED on n0: WhatsApp sends only approved ones.',
      ])
      const told = await pytake(['flow', 'plan', '-', ...t], {stdin: sends('parada')})
      expect(told.stderr).toContain('! aviso.a: The template "parada" (pt_BR) is PAUSED')
    },
  )

  whenLocal(
    'asks every number that the flow answers on; for one that others jump to, one with it is enough',
    async () => {
      const added = await add(1)
      expect(added.exitCode, added.stderr).toBe(0)
      expect((await plan(sends('volta_logo'))).exitCode).toBe(0)
      expect(await details(sends('volta_logo', 'pt_BR', 'trigger: {type: message_received}'))).toMatchObject([
        {message: 'The template "volta_logo" (pt_BR) is not there on n1.'},
        {field: 'aviso.b'},
      ])
      expect((await plan(sends('volta_logo', 'pt_BR', onlyOn('+551140000001')))).exitCode).toBe(0)
      expect((await plan(sends('volta_logo', 'pt_BR', onlyOn('n1')))).exitCode).toBe(3)
    },
  )

  it('refuses a WhatsApp number that is not there', async () => {
    const wrong = sends('volta_logo', 'pt_BR', 'trigger: {type: message_received, numbers: [nada, prinzipal]}')
    const added = await pytake([
      ...['whatsapp', 'add', '--name', 'principal', '--api-type', 'evolution', '--phone', '+551140000009'],
      ...['--api-url', 'http://127.0.0.1:9', '--instance', 'i', '--api-key-file', file('key', 'k')],
      ...['--webhook-secret-file', file('hook', 'w'.repeat(32)), ...t],
    ])
    expect(added.exitCode, added.stderr).toBe(0)
    expect(await details(wrong)).toMatchObject([
      {field: 'aviso', rule: 'missing-number', message: 'The WhatsApp number "nada" is not there.'},
      {message: 'The WhatsApp number "prinzipal" is not there. Did you mean "principal"?'},
    ])
    expect((await plan(sends('volta_logo', 'pt_BR', onlyOn('+551140000009')))).exitCode).toBe(0)
  })

  it('tells everything that is missing in one go, with flow, node and place in the file', async () => {
    const path = file(
      'tudo.yaml',
      `flow: tudo
trigger: {type: message_received, numbers: [nada]}
nodes:
  - {id: c, type: api_call, data: {url: "https://x.example/", headers: {authorization: "\${secret.tokk}"}}, next: p}
  - {id: p, type: erp, data: {operation: plans, save_as: planos}, next: j}
  - {id: j, type: jump, data: {flow: filho}}
`,
    )
    const ran = await pytake(['flow', 'plan', path, ...t])
    expect(ran).toMatchObject({exitCode: 3, stdout: ''})
    const lines = ran.stderr.split('\n').map((line) => line.trim())
    expect(lines).toEqual([
      '✗ 4 problems keep this off the air.',
      `${path}:6 tudo.j: jump goes to "filho", which is no flow here.`,
      `${path}:2 tudo: The WhatsApp number "nada" is not there.`,
      `${path}:4 tudo.c: The secret "tokk" is not set here.`,
      `${path}:5 tudo.p: No ERP is connected here.`,
      'Nothing was changed. See what is live: pytake flow list; See what there is: pytake whatsapp list; ' +
        'Set it: pytake secret set tokk --file FILE; See what is connected: pytake erp list',
      '',
    ])
    expect((await pytake(['flow', 'plan', path, ...t, '--json'])).error().details[2]).toEqual({
      ...{field: 'tudo.c', rule: 'missing-secret', place: `${path}:4`},
      message: 'The secret "tokk" is not set here.',
    })
  })

  it('says what it could not look up, and still makes the plan', async () => {
    const away = ['--api-url', 'http://127.0.0.1:9']
    const changed = await (where === 'local' ? pytake(['whatsapp', 'edit', 'n1', ...away, ...t]) : add(1))
    expect(changed.exitCode, changed.stderr).toBe(0)
    const ran = await plan(sends('volta_logo', 'pt_BR', onlyOn('n1')))
    expect(ran.exitCode, ran.stderr).toBe(0)
    expect(ran.json().notes).toMatchObject([expect.stringMatching(/^Templates of n1 could not be checked: /)])
  })

  whenLocal('takes back a release whose template is gone meanwhile, and says so', async () => {
    const trigger = onlyOn('n0')
    const apply = (stdin: string) => pytake(['flow', 'apply', '-', ...t, '--yes'], {stdin})
    expect((await apply(sends('volta_logo', 'pt_BR', trigger))).exitCode).toBe(0)
    expect((await apply(sends('parada', 'pt_BR', trigger))).exitCode).toBe(0)
    const edited = await pytake(['whatsapp', 'edit', 'n0', '--business-account-id', '102290129340399', ...t])
    expect(edited.exitCode, edited.stderr).toBe(0)
    const back = await pytake(['flow', 'rollback', 'aviso', ...t, '--yes'])
    expect(back.exitCode, back.stderr).toBe(0)
    expect(back.stderr).toContain('aviso.a: The template "volta_logo" (pt_BR) is not there on n0.')
  })
})
