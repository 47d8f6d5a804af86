import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {parseCloud} from '../../../src/channels/cloud/parse.ts'
import type {ChannelEvent} from '../../../src/channels/channel.ts'
import {bodyOf, expectGolden, namesOf} from '../golden.ts'
import {mutated} from '../hostile.ts'

const folder = 'whatsapp-webhooks'
const parse = (name: string) => parseCloud(bodyOf(folder, name))
const only = (name: string) => {
  const [event, ...more] = parse(name)
  expect(more).toEqual([])
  return event
}

describe('every sample body', () => {
  it.each(namesOf(folder))('%s gives the events of its golden file', (name) => {
    expectGolden('cloud', name, parse(name))
  })
})

describe('identity of events', () => {
  it('a placeholder and the message that follows it under the same id have different keys', () => {
    expect(only('unsupported-unavailable-131060')).toMatchObject({stage: 0, providerId: 'wamid.RkFLRTp0ZXh0LTAwMDE='})
    expect(only('text')).toMatchObject({stage: 1, providerId: 'wamid.RkFLRTp0ZXh0LTAwMDE='})
    expect(only('unsupported-unavailable-131060')?.dedupe).not.toBe(only('text')?.dedupe)
  })

  it('the same message twice has the same key', () => {
    const keys = new Set(parse('batch-duplicate-wamid').map((event) => event.dedupe))
    expect(keys.size).toBe(1)
  })

  it('statuses of one message have a key each', () => {
    expect(new Set(parse('batch-statuses-out-of-order').map((event) => event.dedupe)).size).toBe(3)
  })

  it('a template paused a second time is not a repeat of the first', () => {
    const again = bodyOf(folder, 'field-template-status-paused') as {entry: {time: number}[]}
    const before = parseCloud(again)[0]?.dedupe
    expect(parseCloud(structuredClone(again))[0]?.dedupe).toBe(before)
    again.entry.forEach((entry) => (entry.time += 3600))
    expect(parseCloud(again)[0]?.dedupe).not.toBe(before)
  })
})

describe('who sent it', () => {
  it('takes the telephone first, then the user id within its business account', () => {
    expect(only('text-bsuid-with-phone')).toMatchObject({
      from: [
        {kind: 'wa_id', value: '15550100099'},
        {kind: 'phone', value: '15550100099'},
        {kind: 'bsuid', value: 'US.10000000000000000001', scope: '100000000000001'},
      ],
    })
  })

  it('knows a person without a number by the user ids', () => {
    const kinds = (only('text-bsuid-no-phone') as {from: {kind: string}[]}).from.map(({kind}) => kind)
    expect(kinds).toEqual(['bsuid', 'parent_bsuid'])
  })

  it('keeps the id that WhatsApp uses and adds the number with its ninth digit', () => {
    const body = JSON.parse(JSON.stringify(bodyOf(folder, 'text')).replaceAll('15550100099', '554799990001')) as unknown
    expect(parseCloud(body)[0]).toMatchObject({
      from: [
        {kind: 'wa_id', value: '554799990001'},
        {kind: 'phone', value: '5547999990001'},
      ],
      name: 'Test User',
    })
  })
})

describe('what cannot be understood', () => {
  it.each([
    ['no object', {}, 'body'],
    ['another object', {object: 'page', entry: []}, 'page'],
    ['entry without changes', {object: 'whatsapp_business_account', entry: [{id: 'W'}]}, 'entry'],
    ['text', 'hello', 'body'],
    ['null', null, 'body'],
  ])('%s is kept as an unknown event', (_title, body, name) => {
    expect(parseCloud(body)).toMatchObject([{type: 'unknown', name}])
  })

  it('an unknown field keeps its raw JSON', () => {
    expect(only('field-unknown')).toMatchObject({
      type: 'unknown',
      name: 'some_future_field',
      raw: {field: 'some_future_field', value: {some_new_key: 'some value'}},
    })
  })

  it('a bad element never loses its neighbours', () => {
    const body = bodyOf(folder, 'batch-multi') as {entry: {changes: {value: {messages?: unknown[]}}[]}[]}
    const good = parseCloud(body)
    body.entry[0]?.changes[0]?.value.messages?.splice(1, 0, null, 7, {id: {}}, [], {id: 'x'})
    const events = parseCloud(body)
    expect(events.filter((event) => event.type !== 'unknown')).toEqual(good)
    expect(events.filter((event) => event.type === 'unknown')).toHaveLength(5)
  })
})

const kinds: ChannelEvent['type'][] = ['message', 'echo', 'status', 'change', 'unknown']

function expectWellFormed(events: ChannelEvent[]) {
  for (const event of events) {
    expect(kinds).toContain(event.type)
    expect(event.dedupe).toMatch(/./)
    if (event.type !== 'unknown') expect(Number.isFinite(event.at ?? 0)).toBe(true)
    if (event.type === 'message') expect(event.from.length).toBeGreaterThan(0)
  }
}

describe('hostile bodies', () => {
  it('never throws for any JSON', () => {
    fc.assert(fc.property(fc.jsonValue({maxDepth: 8}), (body) => expectWellFormed(parseCloud(body))))
  })

  it('never throws for JSON in the right envelope', () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue({maxDepth: 8}), fc.jsonValue(), (field, value, id) => {
        const entry = [
          {
            id,
            changes: [
              {field, value},
              {field: 'messages', value},
              {field: 'user_preferences', value},
            ],
          },
        ]
        expectWellFormed(parseCloud({object: 'whatsapp_business_account', entry}))
      }),
    )
  })

  it.each(namesOf(folder))('never throws for %s with something in it changed', (name) => {
    fc.assert(
      fc.property(mutated(bodyOf(folder, name)), (body) => expectWellFormed(parseCloud(body))),
      {numRuns: 30},
    )
  })

  it('survives nesting deeper than JSON can be written', () => {
    let deep: unknown = 'end'
    for (let i = 0; i < 100_000; i++) deep = {deep}
    const entry = [
      {id: 'W', changes: [{field: 'messages', value: {metadata: {phone_number_id: 'P'}, messages: [deep]}}]},
    ]
    expectWellFormed(parseCloud({object: 'whatsapp_business_account', entry}))
  })
})
