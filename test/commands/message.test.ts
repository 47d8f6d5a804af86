import {readFileSync, writeFileSync} from 'node:fs'
import {beforeAll, describe, expect, it} from 'vitest'
import {messageStatuses} from '../../src/base/statuses.ts'
import {localAndRemote} from '../support/both-ways.ts'

localAndRemote('message commands', ({where, pytake, file}) => {
  const tenant = `Mensagens ${where}`
  const t = ['-t', tenant]
  const to = ['--to', '+5511987650001']
  const send = (...argv: string[]) => pytake(['message', 'send', ...argv, ...t, '--json'])

  const addNumber = (name: string, digit: number) =>
    pytake([
      ...['whatsapp', 'add', ...t, '--name', name, '--api-type', 'official', '--phone', `+551140000${digit}00`],
      ...['--phone-number-id', `${where}${digit}`, '--access-token-file', file('token', 'x')],
      ...['--daily-limit', '1000', '--json'],
    ])

  beforeAll(async () => void (await pytake(['tenant', 'create', '--name', tenant])))

  it('asks for a number before anything can be sent', async () => {
    const ran = await send(...to, '--text', 'Olá')
    expect(ran.exitCode).toBe(6)
    expect(ran.error().message).toContain('no active number')
    expect((await addNumber('principal', 1)).exitCode).toBe(0)
  })

  it('queues a text where no server runs, and says so', async () => {
    const ran = await send(...to, '--text', 'Olá \u001b[31m')
    expect(ran.exitCode, ran.stderr).toBe(0)
    expect(ran.stderr).toContain('queued; no server is running here')
    const message = ran.json()
    expect(message).toMatchObject({
      direction: 'outbound',
      type: 'text',
      content: 'Olá \u001b[31m',
      status: 'queued',
      whatsapp_message_id: null,
      error_message: null,
    })
    expect((await pytake(['message', 'show', message.id, ...t, '--json'])).json()).toEqual(message)
    const shown = await pytake(['message', 'show', message.id, ...t])
    expect(shown.stdout).toContain('Olá \\u001b[31m')
    expect(shown.stdout).not.toContain('\u001b')
    const list = (await pytake(['message', 'list', ...t, '--status', 'queued', '--json'])).json()
    expect(list).toMatchObject({data: [message], page: {total: 1}})
    const numbers = await pytake(['whatsapp', 'list', ...t])
    expect(numbers.stdout.trimEnd().split('\t').slice(4)).toEqual(['active', '1', '60/min 1000/day'])
  })

  it('finds the same contact and conversation with and without the ninth digit', async () => {
    const first = (await send(...to, '--text', 'um')).json()
    const second = (await send('--to', '551187650001', '--text', 'dois')).json()
    expect(second.contact_id).toBe(first.contact_id)
    expect(second.conversation_id).toBe(first.conversation_id)
    const third = (await send('--conversation', first.conversation_id, '--text', 'três')).json()
    expect(third.conversation_id).toBe(first.conversation_id)
    const byContact = await pytake(['message', 'list', ...t, '--contact', '+55 11 98765-0001', '--json'])
    expect(byContact.json().page.total).toBe(4)
    const nobody = await pytake(['message', 'list', ...t, '--contact', 'Nobody', '--json'])
    expect([nobody.exitCode, nobody.error().message]).toEqual([5, 'Contact "Nobody" was not found.'])
    const stranger = await pytake(['message', 'list', ...t, '--contact', '+5511987659999', '--json'])
    expect(stranger.json().page.total).toBe(0)
    const page = (await pytake(['message', 'list', ...t, '--limit', '2', '--json'])).json()
    expect(page.data.map((row: {content: string}) => row.content)).toEqual(['três', 'dois'])
    const next = (await pytake(['message', 'list', ...t, '--after', page.page.after, '--json'])).json()
    expect(next.data.map((row: {content: string}) => row.content)).toEqual(['um', 'Olá \u001b[31m'])
  })

  it('says whom each message is with: the number, or the name too where it is known', async () => {
    const [first = ''] = (await pytake(['message', 'list', ...t])).stdout.split('\n')
    expect(first.split('\t').slice(2, 6)).toEqual(['→', '+5511987650001', 'text', 'queued'])
    const other = '+5511987650123'
    await pytake(['contact', 'add', other, ...t, '--name', 'Maria Souza'])
    const {id} = (await send('--to', other, '--text', 'Oi')).json()
    const message = (await pytake(['message', 'show', id, ...t, '--json'])).json()
    expect(message).toMatchObject({contact_name: 'Maria Souza', contact_phone: other})
    expect((await pytake(['message', 'show', id, ...t])).stdout).toContain(`contact\tMaria Souza ${other}\n`)
    const [head = '', row = ''] = (await pytake(['message', 'list', ...t], {terminal: 140})).stdout.split('\n')
    expect(head).toMatch(/^id +created_at +contact +type +status +content +error$/)
    expect(row).toMatch(new RegExp(`^${id}  .{16}  →  Maria Souza \\${other}  text`))
    const narrow = (await pytake(['message', 'list', ...t], {terminal: 60})).stdout.trimEnd().split('\n')
    for (const line of narrow) expect(line.length).toBeLessThanOrEqual(60)
  })

  it('sends every kind of content that flags can say', async () => {
    const cases: [string[], object][] = [
      [
        ['--text', 'Como foi?', '--button', 'Bom', '--button', 'ruim=Muito ruim'],
        {
          kind: 'buttons',
          text: 'Como foi?',
          buttons: [
            {id: 'Bom', title: 'Bom'},
            {id: 'ruim', title: 'Muito ruim'},
          ],
        },
      ],
      [
        ['--text', 'Escolha', '--list', 'Um|o primeiro', '--list', 'Dois'],
        {kind: 'list', sections: [{rows: [{id: 'Um', title: 'Um', description: 'o primeiro'}, {title: 'Dois'}]}]},
      ],
      [['--location', '-23.5,-46.6'], {kind: 'location', latitude: -23.5, longitude: -46.6}],
      [['--location', '-23.5,-46.6,Sé'], {kind: 'location', latitude: -23.5, longitude: -46.6, name: 'Sé'}],
      [
        ['--contact', 'Ana Lima:+55 11 98765-0002'],
        {kind: 'contacts', contacts: [{name: {formatted_name: 'Ana Lima'}}]},
      ],
      [
        ['--image', 'https://example.com/a.jpg', '--caption', 'x'],
        {kind: 'image', media: {link: 'https://example.com/a.jpg'}},
      ],
      [
        ['--template', 'lembrete', '--param', 'Maria', '--param', '10/05'],
        {kind: 'template', name: 'lembrete', language: 'pt_BR', body: ['Maria', '10/05']},
      ],
      [['--template', 'oferta', '--language', 'en', '--param', 'nome=Ana'], {language: 'en', body: {nome: 'Ana'}}],
      [
        [
          '--content',
          file('c.json', '{"kind":"cta_url","text":"Veja","display_text":"Abrir","url":"https://example.com"}'),
        ],
        {kind: 'cta_url', display_text: 'Abrir'},
      ],
    ]
    for (const [argv, content] of cases) {
      const ran = await send(...to, ...argv)
      expect(ran.exitCode, ran.stderr).toBe(0)
      expect(ran.json().metadata.content).toMatchObject(content)
    }
  })

  it('keeps a file that is sent, and gives it back', async () => {
    const path = file('boleto.pdf', '%PDF-1.4 boleto')
    const message = (await send(...to, '--document', path, '--caption', 'Seu boleto')).json()
    expect(message).toMatchObject({type: 'document', content: 'Seu boleto'})
    expect(message.metadata.content).toMatchObject({
      filename: 'boleto.pdf',
      media: {mime_type: 'application/pdf', size: 15, sha256: expect.stringMatching(/^[0-9a-f]{64}$/)},
    })
    expect(message.media_url).toBe(`/api/v1/media/${message.metadata.content.media.sha256}`)
    const saved = file('saved.pdf', '')
    const ran = await pytake(['message', 'media', message.id, '-o', saved, ...t, '--json'])
    expect(ran.json()).toEqual({mime_type: 'application/pdf', size: 15, filename: 'boleto.pdf', path: saved})
    expect(readFileSync(saved, 'utf8')).toBe('%PDF-1.4 boleto')
    const bare = (await send(...to, '--text', 'x')).json()
    expect((await pytake(['message', 'media', bare.id, ...t])).exitCode).toBe(5)
    const large = file('large.pdf', '')
    writeFileSync(large, Buffer.alloc(10_485_761))
    const refused = await send(...to, '--document', large)
    expect(refused.exitCode).toBe(2)
    expect(refused.error()).toMatchObject({code: 'TOO_LARGE'})
  })

  it('cancels what is queued, once, and sends it again when asked', async () => {
    const {id} = (await send(...to, '--text', 'cancele')).json()
    const cancelled = await pytake(['message', 'cancel', id, ...t, '--json'])
    expect(cancelled.json()).toMatchObject({id, status: 'cancelled'})
    expect((await pytake(['message', 'cancel', id, ...t])).exitCode).toBe(6)
    expect((await pytake(['message', 'resend', id, ...t])).exitCode).toBe(2)
    const again = (await pytake(['message', 'resend', id, ...t, '--yes', '--json'])).json()
    expect(again).toMatchObject({content: 'cancele', status: 'queued', metadata: {resend_of: id}})
    const old = (await pytake(['message', 'show', id, ...t, '--json'])).json()
    expect(old).toMatchObject({status: 'cancelled', metadata: {resent_as: again.id}})
    const twice = await pytake(['message', 'resend', id, ...t, '--yes', '--json'])
    expect(twice.exitCode).toBe(6)
    expect((await pytake(['message', 'resend', again.id, ...t, '--yes'])).exitCode).toBe(6)
  })

  it('asks which number sends when there are several, and keeps to the one of the conversation', async () => {
    expect((await addNumber('vendas', 2)).exitCode).toBe(0)
    expect((await send(...to, '--text', 'x')).exitCode).toBe(0)
    const open = await send('--to', '+5511987650009', '--text', 'x')
    expect(open.exitCode).toBe(2)
    expect(open.error()).toMatchObject({code: 'VALIDATION_ERROR', details: [{field: 'from'}, {field: 'from'}]})
    const chosen = await send('--to', '+5511987650009', '--from', 'vendas', '--text', 'x')
    expect(chosen.exitCode, chosen.stderr).toBe(0)
    await pytake(['whatsapp', 'deactivate', 'vendas', ...t])
    expect((await send('--to', '+5511987650009', '--from', 'vendas', '--text', 'x')).exitCode).toBe(6)
  })

  it('refuses more than the plan sends in a month', async () => {
    await pytake(['tenant', 'edit', tenant, '--limit', 'messages_per_month=0'])
    const ran = await send(...to, '--text', 'x')
    await pytake(['tenant', 'edit', tenant, '--limit', 'messages_per_month=none'])
    expect(ran.exitCode).toBe(4)
    expect(ran.error()).toMatchObject({code: 'PLAN_LIMIT', details: [{field: 'messages_per_month'}]})
  })

  it('lists by a status that there is, and names those there are to whoever asks for another', async () => {
    const ran = await pytake(['message', 'list', ...t, '--status', 'zzz', '--json'])
    expect(ran).toMatchObject({exitCode: 2, stdout: ''})
    expect(ran.error().message).toMatch(/--status=zzz to be one of: received, queued, .*, cancelled/)
    for (const status of messageStatuses) {
      const list = (await pytake(['message', 'list', ...t, '--status', status, '--json'])).json()
      for (const message of list.data) expect(message.status).toBe(status)
    }
  })

  describe('bad input', () => {
    const cases: [string, string[], number, RegExp][] = [
      ['a recipient without digits', ['--to', '+', '--text', 'x'], 2, /^to: it has no digits/],
      ['a recipient that is too short', ['--to', '1234', '--text', 'x'], 2, /^to: it is too short/],
      ['a recipient with letters', ['--to', '+55abc', '--text', 'x'], 2, /^to: .*letters/],
      ['no recipient', ['--text', 'x'], 2, /^to: is required/],
      ['nothing to send', to, 2, /Say what to send/],
      ['two things at once', [...to, '--text', 'x', '--location', '1,2'], 2, /Only one of/],
      ['an empty text', [...to, '--text', ''], 2, /text/],
      ['a text that is too long', [...to, '--text', 'x'.repeat(4097)], 2, /^text: .*4096/],
      ['a button title that is too long', [...to, '--text', 'x', '--button', 'y'.repeat(21)], 2, /buttons.*20/],
      [
        'four buttons',
        [...to, '--text', 'x', ...'abcd'.split('').flatMap((one) => ['--button', one])],
        2,
        /buttons.*3/,
      ],
      [
        'a place that is none',
        [...to, '--location', 'here'],
        2,
        /--location here: write it as LATITUDE,LONGITUDE\[,NAME\]\.$/,
      ],
      ['a place off the globe', [...to, '--location', '91,0'], 2, /latitude/],
      ['content that is not JSON', [...to, '--content', '-'], 2, /not JSON/],
      ['a file that is not there', [...to, '--image', '/no/such.jpg'], 2, /no\/such\.jpg/],
      ['a number that is not there', [...to, '--text', 'x', '--from', 'ghost'], 5, /ghost/],
      ['a message that is not there', [...to, '--text', 'x', '--reply-to', 'wamid.ghost'], 5, /wamid\.ghost/],
    ]
    it.each(cases)('refuses %s', async (...[, argv, exitCode, message]) => {
      const ran = await send(...argv)
      expect(ran, ran.stderr).toMatchObject({exitCode, stdout: ''})
      expect(ran.error().message).toMatch(message)
    })
  })
})
