import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import type {ChannelEvent} from '../../../src/channels/channel.ts'
import {parseEvolution} from '../../../src/channels/evolution/parse.ts'
import {bodyOf, expectGolden, namesOf} from '../golden.ts'
import {mutated} from '../hostile.ts'

const folder = 'evolution-webhooks'
const parse = (name: string) => parseEvolution(bodyOf(folder, name))

interface Body {
  event: string
  instance: string
  data: Record<string, unknown> & {key: Record<string, unknown>; message: Record<string, unknown>}
}
const changed = (name: string, change: (body: Body) => void) => {
  const body = structuredClone(bodyOf(folder, name)) as Body
  change(body)
  return parseEvolution(body)
}

describe('every sample body', () => {
  it.each(namesOf(folder))('%s gives the events of its golden file', (name) => {
    expectGolden('evolution', name, parse(name))
  })
})

describe('identity of events', () => {
  it('the same message delivered again has the same key', () => {
    const again = parse('messages-upsert-conversation-duplicate')[0]?.dedupe
    expect(parse('messages-upsert-conversation')[0]?.dedupe).toBe(again)
  })

  it('an echo of the API and the message itself have different keys', () => {
    const [asMessage] = changed('send-message', (body) => (body.event = 'messages.upsert'))
    expect(asMessage?.dedupe).not.toBe(parse('send-message')[0]?.dedupe)
  })

  it('two edits of one message are two events', () => {
    const [second] = changed('messages-edited', (body) => (body.data.timestampMs = '1796128999000'))
    expect(second?.dedupe).not.toBe(parse('messages-edited')[0]?.dedupe)
  })

  it('accepts the event name as it is written in the settings', () => {
    const [event] = changed('messages-upsert-conversation', (body) => (body.event = 'MESSAGES_UPSERT'))
    expect(event).toMatchObject({type: 'message'})
    expect(event?.dedupe).toBe(parse('messages-upsert-conversation')[0]?.dedupe)
  })
})

describe('who sent it', () => {
  const phone = [
    {kind: 'jid', value: '554799990001@s.whatsapp.net'},
    {kind: 'phone', value: '5547999990001'},
  ]
  const lid = {kind: 'lid', value: '112233445566778'}

  it.each([
    ['messages-upsert-conversation', [...phone, lid]],
    ['messages-upsert-lid-with-alt', [...phone, lid]],
    ['messages-upsert-lid-senderpn', [...phone, lid]],
    ['messages-upsert-buttons-response', phone],
  ])('%s', (name, from) => {
    expect(parse(name)[0]).toMatchObject({from})
  })

  it('knows a person by the privacy id alone when there is nothing else', () => {
    expect(parse('messages-upsert-lid-only')[0]).toMatchObject({from: [{kind: 'lid'}]})
  })

  it('cuts the device off the address', () => {
    const events = changed('messages-upsert-conversation-13-digits', (body) => {
      body.data.key.remoteJid = '5547999990002:12@s.whatsapp.net'
    })
    expect(events[0]).toMatchObject({from: [{kind: 'jid', value: '5547999990002@s.whatsapp.net'}, {kind: 'phone'}]})
  })
})

describe('what is not for flows', () => {
  it.each([
    ['120363000000000000@g.us', 'group'],
    ['status@broadcast', 'story'],
    ['120363000000000000@newsletter', 'newsletter'],
    ['1234@broadcast', 'broadcast'],
  ])('%s is ignored as %s', (remoteJid, ignored) => {
    const events = changed(
      'messages-upsert-conversation',
      (body) => (body.data.key = {remoteJid, id: 'X', fromMe: false}),
    )
    expect(events).toMatchObject([{type: 'message', ignored}])
  })

  it('what we say in a group is no echo of a conversation', () => {
    const key = {remoteJid: '120363000000000000@g.us', id: 'X', fromMe: true}
    expect(changed('messages-upsert-conversation', (body) => (body.data.key = key))).toEqual([])
  })

  it('statuses of what the customer wrote are no news of ours', () => {
    expect(changed('messages-update-read', (body) => (body.data.fromMe = false))).toEqual([])
  })

  it('history after pairing wakes nobody', () => {
    expect(changed('messages-upsert-conversation', (body) => (body.event = 'messages.set'))).toEqual([])
  })
})

describe('wrapped content', () => {
  it.each(['ephemeralMessage', 'viewOnceMessage', 'viewOnceMessageV2', 'documentWithCaptionMessage'])(
    '%s',
    (wrapper) => {
      const events = changed('messages-upsert-conversation', (body) => {
        const inner = {imageMessage: {mimetype: 'image/png', caption: 'foto'}}
        body.data.message = {[wrapper]: {message: inner}, base64: 'AAAA'}
      })
      expect(events[0]).toMatchObject({
        content: {kind: 'image', caption: 'foto', media: {base64: 'AAAA'}},
        text: 'foto',
      })
    },
  )

  it('wrapping without end is given up', () => {
    let message: Record<string, unknown> = {conversation: 'oi'}
    for (let i = 0; i < 1000; i++) message = {ephemeralMessage: {message}}
    const events = changed('messages-upsert-conversation', (body) => (body.data.message = message))
    expect(events).toMatchObject([{type: 'message', content: {kind: 'unsupported'}}])
  })

  it('a list of messages is read one by one, and a bad one does not take the others along', () => {
    const good = bodyOf(folder, 'messages-upsert-conversation') as Body
    const events = parseEvolution({...good, data: [null, good.data, {key: {id: 1}}, 'x']})
    expect(events.map((event) => event.type)).toEqual(['unknown', 'message', 'unknown', 'unknown'])
  })
})

describe('what cannot be understood', () => {
  it.each([null, [], 'x', {}, {event: 'messages.upsert'}, {instance: 'a', data: {}}])(
    '%j is kept as unknown',
    (body) => {
      expect(parseEvolution(body)).toMatchObject([{type: 'unknown', name: 'body', raw: body}])
    },
  )

  it('a new event keeps its data and leaves the token out', () => {
    const body = {event: 'future.thing', instance: 'demo', data: {a: 1}, apikey: 'SECRET'}
    const events = parseEvolution(body)
    expect(events).toMatchObject([{type: 'unknown', name: 'future.thing', number: 'demo', raw: {a: 1}}])
    expect(JSON.stringify(events)).not.toContain('SECRET')
  })
})

function expectWellFormed(events: ChannelEvent[]) {
  for (const event of events) {
    expect(event.dedupe).toMatch(/./)
    if (event.type === 'message' && event.ignored === undefined) expect(event.from.length).toBeGreaterThan(0)
    if (event.type !== 'unknown') expect(Number.isFinite(event.at ?? 0)).toBe(true)
  }
}

describe('hostile bodies', () => {
  it('never throws for any JSON under any event', () => {
    const events = fc.constantFrom(
      'messages.upsert',
      'messages.update',
      'messages.edited',
      'qrcode.updated',
      'connection.update',
    )
    fc.assert(
      fc.property(events, fc.jsonValue({maxDepth: 8}), (event, data) => {
        expectWellFormed(parseEvolution({event, instance: 'demo', data}))
      }),
    )
  })

  it.each(namesOf(folder))('never throws for %s with something in it changed', (name) => {
    fc.assert(
      fc.property(mutated(bodyOf(folder, name)), (body) => expectWellFormed(parseEvolution(body))),
      {numRuns: 30},
    )
  })
})
