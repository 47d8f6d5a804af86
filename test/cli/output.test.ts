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
