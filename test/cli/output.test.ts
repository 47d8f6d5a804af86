import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {cut, visible, widthOf} from '../../src/cli/escape.ts'
import {details, json, table, tsv} from '../../src/cli/output.ts'

const rows = [
  {name: 'Maria', text: 'oi\ttudo\nbem', count: 3, missing: null},
  {name: 'João 😀', text: 'x'.repeat(300), count: 0, missing: undefined},
]
const columns = {
  name: (row: (typeof rows)[number]) => row.name,
  text: (row: (typeof rows)[number]) => row.text,
  count: (row: (typeof rows)[number]) => row.count,
  missing: (row: (typeof rows)[number]) => row.missing,
}

describe('text from outside', () => {
  it.each([
    ['\u001b[31mred\u001b[0m', '\\u001b[31mred\\u001b[0m'],
    ['a\nb\tc\r', 'a\\nb\\tc\\r'],
    ['\u202eevil\u2066\u200f', '\\u202eevil\\u2066\\u200f'],
    ['\u0085\u009b31m\u007f', '\\u0085\\u009b31m\\u007f'],
    ['olá 👩‍👩‍👧 ção', 'olá 👩‍👩‍👧 ção'],
  ])('%j is shown as %j', (text, shown) => {
    expect(visible(text)).toBe(shown)
  })

  it('never moves the cursor or turns the line around, whatever it is', () => {
    const hostile = fc.string({unit: fc.integer({min: 0, max: 0x2fff}).map((code) => String.fromCharCode(code))})
    fc.assert(
      fc.property(hostile, (text) => {
        expect(visible(text)).not.toMatch(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u)
      }),
    )
  })

  it('is cut to a width that counts what the eye sees', () => {
    expect(widthOf('ação')).toBe(4)
    expect(widthOf('😀')).toBe(2)
    expect(cut('12345', 5)).toBe('12345')
    expect(cut('123456', 5)).toBe('1234…')
    fc.assert(
      fc.property(fc.string(), fc.integer({min: 1, max: 20}), (text, width) => widthOf(cut(text, width)) <= width),
    )
  })
})

describe('rows', () => {
  it('are one line each in a pipe, whatever they hold', () => {
    const text = tsv(rows, columns)
    expect(text.split('\n')).toHaveLength(3)
    expect(text.split('\n')[0]).toBe('Maria\toi\\ttudo\\nbem\t3\t')
  })

  it.each([40, 80, 120])('fit a terminal of %i columns', async (width) => {
    const lines = (await table(rows, columns, {columns: width})).trimEnd().split('\n')
    expect(lines).toHaveLength(3)
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width)
    expect(lines[0]).toMatch(/^name +text +count +missing$/)
  })

  const listed = Array.from({length: 3}, (_, n) => ({
    id: `0192aaaa-0000-7000-8000-00000000000${n}`,
    at: `2026-11-26T18:05:4${n}.123Z`,
    status: 'delivered',
    text: 'x'.repeat(60),
    replayed: n === 0 ? null : '2026-11-26T19:00:00.000Z',
  }))
  const wide = {
    id: ({id}: (typeof listed)[number]) => id,
    at: ({at}: (typeof listed)[number]) => at,
    status: ({status}: (typeof listed)[number]) => status,
    text: ({text}: (typeof listed)[number]) => text,
  }
  const firstLine = async (columns: number, shown: Parameters<typeof table<(typeof listed)[number]>>[1] = wide) =>
    (await table(listed, shown, {columns})).split('\n')[1]

  it('keep times and ids whole where the rest still has room', async () => {
    expect(await firstLine(80)).toBe(`${listed[0]?.id}  2026-11-26 18:05  delivered  xxxxxxxxxx…`)
    expect(await firstLine(200)).toContain('2026-11-26 18:05  delivered')
  })

  it('give up ids before words, where not all has room', async () => {
    expect(await firstLine(60)).toBe(`0192aaa…  2026-11-26 18:05  delivered  ${'x'.repeat(18)}…`)
    expect(await firstLine(70, {...wide, replayed: ({replayed}) => replayed})).toMatch(
      /^0192aaa… {2}2026-11-26 18:05 {2}/,
    )
  })

  it('never wrap, however narrow the terminal is', async () => {
    const many = {
      ...wide,
      replayed: ({replayed}: (typeof listed)[number]) => replayed,
      status2: wide.status,
      text2: wide.text,
    }
    for (const width of [30, 40, 60]) {
      for (const line of (await table(listed, many, {columns: width})).split('\n'))
        expect(widthOf(line)).toBeLessThanOrEqual(width)
    }
  })

  it('of one thing are aligned on a terminal and split by tabs in a pipe', () => {
    const fields = {id: '1', long_name: 'x', nothing: null, absent: undefined}
    expect(details(fields, {isTTY: true})).toBe('id         1\nlong_name  x\nnothing\n')
    expect(details(fields, {isTTY: false})).toBe('id\t1\nlong_name\tx\nnothing\t\n')
  })

  it('as JSON are one line for programs', () => {
    expect(json({a: [1]}, {isTTY: false})).toBe('{"a":[1]}\n')
    expect(json({a: 1}, {isTTY: true})).toBe('{\n  "a": 1\n}\n')
  })
})
