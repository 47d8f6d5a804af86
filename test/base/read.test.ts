import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {digestOf} from '../../src/base/digest.ts'
import {lengthOf, sourcesOf} from '../../src/base/message.ts'
import {fieldsOf, itemsOf, millisecondsOf, numberOf, textOf} from '../../src/base/read.ts'

describe('reading JSON of others', () => {
  it.each<[unknown, string | undefined]>([
    ['a', 'a'],
    ['', undefined],
    [12, '12'],
    [NaN, undefined],
    [null, undefined],
    [{}, undefined],
  ])('%o as text is %s', (value, expected) => {
    expect(textOf(value)).toBe(expected)
  })

  it.each<[unknown, number | undefined]>([
    [1.5, 1.5],
    ['1.5', 1.5],
    ['', undefined],
    ['x', undefined],
    ['Infinity', undefined],
    [true, undefined],
  ])('%o as a number is %s', (value, expected) => {
    expect(numberOf(value)).toBe(expected)
  })

  it.each<[unknown, number]>([
    ['1749416383', 1749416383000],
    [1749416383, 1749416383000],
    [-1, 0],
    ['never', 0],
    [1e300, 0],
  ])('%o seconds are %i ms', (value, expected) => {
    expect(millisecondsOf(value)).toBe(expected)
  })

  it('gives fields and items of anything', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(typeof fieldsOf(value)).toBe('object')
        expect(Array.isArray(itemsOf(value))).toBe(true)
      }),
    )
  })
})

describe('digest of a value', () => {
  it('is equal for equal values and different for others', () => {
    expect(digestOf({a: 1})).toBe(digestOf({a: 1}))
    expect(digestOf({a: 1})).not.toBe(digestOf({a: 2}))
    expect(digestOf(undefined)).toMatch(/^[\w-]{43}$/)
  })

  it('is given for what cannot be written as JSON too', () => {
    const circle: Record<string, unknown> = {}
    circle.self = circle
    expect(digestOf(circle)).toMatch(/^[\w-]{43}$/)
  })
})

describe('messages of ours', () => {
  it('counts characters as WhatsApp does', () => {
    fc.assert(
      fc.property(fc.string({unit: 'binary'}), (text) => {
        expect(lengthOf(text)).toBe([...text].length)
      }),
    )
  })

  it('knows every file that a message carries', () => {
    const media = {id: '1'}
    expect(sourcesOf({kind: 'image', media})).toEqual([media])
    expect(sourcesOf({kind: 'text', text: 'a'})).toEqual([])
    const buttons = [{id: '1', title: 'a'}]
    expect(sourcesOf({kind: 'buttons', text: 'a', buttons, header: {kind: 'image', media}})).toEqual([media])
    expect(sourcesOf({kind: 'buttons', text: 'a', buttons, header: {text: 'a'}})).toEqual([])
    expect(sourcesOf({kind: 'template', name: 'a', language: 'b', header: {kind: 'video', media}})).toEqual([media])
  })
})
