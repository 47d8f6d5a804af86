import {afterAll, beforeAll, expect, it} from 'vitest'
import {
  cannotResume,
  cursorAt,
  cursorAtStart,
  formatCursor,
  isCannotResume,
  logHead,
  parseCursor,
  readEvents,
  resumeAt,
} from '../../src/store/event-log.ts'
import type {Stores, TenantDb} from '../../src/store/stores.ts'
import {onBothEngines} from '../support/stores.ts'

const START = Date.parse('2026-11-23T12:00:00.000Z')
const TENANT = '0192aaaa-0000-7000-8000-00000000000a'

const reasonOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'went on',
    (error: unknown) => (isCannotResume(error) ? `${error.exitCode} ${error.message}` : String(error)),
  )

it.each([
  ['abc.0', {logId: 'abc', seq: 0}],
  ['0192aaaabbbb.123456', {logId: '0192aaaabbbb', seq: 123456}],
  ['abc', undefined],
  ['abc.-1', undefined],
  ['abc.1.2', undefined],
  ['.1', undefined],
  ['abc.99999999999999999999', undefined],
  ['2026-11-23T12:00:00.000Z', undefined],
])('reads the cursor %s', (text, position) => {
  expect(parseCursor(text)).toEqual(position)
  if (position) expect(formatCursor(position)).toBe(text)
})

onBothEngines('the event log', (place) => {
  let stores: Stores
  let db: TenantDb

  beforeAll(async () => {
    stores = await place().open()
    await stores.migrateTenant(TENANT)
    db = stores.tenant(TENANT)
    for (let batch = 0; batch < 10; batch++) {
      await db.write(async (tx) => {
        for (let n = 1; n <= 10; n++) {
          const seq = batch * 10 + n
          tx.emit({type: seq % 2 ? 'message_received' : 'message_sent', at: START + seq * 1000, data: {n: seq}})
        }
      })
    }
  })
  afterAll(() => stores.close())

  it('is read page by page, oldest first, and says where it ends', async () => {
    const first = await readEvents(db, {after: 0, limit: 60})
    expect(first.events.map(({seq}) => seq)).toEqual(Array.from({length: 60}, (_, index) => index + 1))
    expect(first.events[4]).toEqual({seq: 5, type: 'message_received', data: {n: 5}, at: new Date(START + 5000)})
    expect(first).toMatchObject({last: 60, head: {seq: 100}})
    const second = await readEvents(db, {after: first.last, limit: 60})
    expect([second.events.length, second.last]).toEqual([40, 100])
    expect(await readEvents(db, {after: 100, limit: 60})).toMatchObject({events: [], last: 100})
  })

  it('gives only the types asked for, and still says how far it looked', async () => {
    const sent = await readEvents(db, {after: 90, limit: 100, types: ['message_sent']})
    expect(sent.events.map(({seq}) => seq)).toEqual([92, 94, 96, 98, 100])
    expect(await readEvents(db, {after: 10, limit: 5, types: ['lane_stopped']})).toMatchObject({events: [], last: 100})
    expect(await readEvents(db, {after: 10, limit: 5, types: []})).toMatchObject({events: [], last: 100})
    expect((await readEvents(db, {after: 0, limit: 3, types: ['message_sent']})).last).toBe(6)
  })

  it('finds the place of a moment', async () => {
    expect((await cursorAt(db, START + 50_000)).seq).toBe(49)
    expect((await cursorAt(db, START - 1)).seq).toBe(0)
    expect((await cursorAt(db, START + 3600_000)).seq).toBe(100)
    expect((await cursorAtStart(db)).seq).toBe(0)
  })

  it('goes on from its own cursors only', async () => {
    const head = await logHead(db)
    expect(await resumeAt(db, {...head, seq: 40})).toBe(40)
    expect(await resumeAt(db, head)).toBe(100)
    expect(await reasonOf(resumeAt(db, {...head, logId: 'another'}))).toMatch(/^1 Cannot resume: .*another log/)
    expect(await reasonOf(resumeAt(db, {...head, seq: 101}))).toMatch(/^1 Cannot resume/)
  })

  it('refuses to go on where events were dropped in between', async () => {
    const head = await logHead(db)
    await db.write((tx) => tx.db.deleteFrom('events').where('seq', '<=', 30).execute())
    expect(await reasonOf(resumeAt(db, {...head, seq: 29}))).toMatch(/older than what is kept/)
    expect(await resumeAt(db, {...head, seq: 30})).toBe(30)
    expect(await reasonOf(readEvents(db, {after: 29, limit: 5}))).toMatch(/older than what is kept/)
    expect(await reasonOf(readEvents(db, {after: 29, limit: 5, types: ['message_sent']}))).toMatch(/older than/)
    expect((await readEvents(db, {after: 30, limit: 5})).events[0]?.seq).toBe(31)
    expect((await cursorAtStart(db)).seq).toBe(30)
    await db.write((tx) => tx.db.deleteFrom('events').execute())
    expect(await reasonOf(readEvents(db, {after: 99, limit: 5}))).toMatch(/older than/)
    expect(await resumeAt(db, head)).toBe(100)
    expect((await cursorAtStart(db)).seq).toBe(100)
  })

  it('is there for the control database too', async () => {
    const before = await logHead(stores.control)
    await stores.control.write(async (tx) => tx.emit({type: 'node_up', at: START, data: {node: 'a'}}))
    const {events} = await readEvents(stores.control, {after: before.seq, limit: 10})
    expect(events).toMatchObject([{type: 'node_up', data: {node: 'a'}}])
  })
})

it('tells a cursor that cannot go on from other trouble', () => {
  expect(isCannotResume(cannotResume('x'))).toBe(true)
  expect(isCannotResume(new Error('Cannot resume'))).toBe(false)
})
