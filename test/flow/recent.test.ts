import {describe, expect, test} from 'vitest'
import {recentOf} from '../../src/conversations/recent.ts'
import {isBotLoop, type Recent, withText} from '../../src/flow/recent.ts'

const NOW = Date.UTC(2026, 0, 5, 12)

/** So many questions and answers, the last of them now. */
function talk(count: number, apart: number, said = {inbound: 'Não entendi', outbound: 'Escolha'}): Recent {
  let recent: Recent = []
  for (let n = count - 1; n >= 0; n--) {
    recent = withText(recent, 'inbound', said.inbound, NOW - n * apart)
    recent = withText(recent, 'outbound', said.outbound, NOW - n * apart)
  }
  return recent
}

describe('two bots talking', () => {
  test('is five times the same both ways within a minute', () => {
    expect(isBotLoop(talk(5, 1000), NOW)).toBe(true)
    expect(isBotLoop(talk(4, 1000), NOW)).toBe(false)
    expect(isBotLoop(talk(5, 16_000), NOW)).toBe(false)
    expect(isBotLoop(talk(5, 1000), NOW + 60_000)).toBe(false)
  })

  test('is told from different texts, and from none', () => {
    let recent: Recent = []
    for (let n = 0; n < 5; n++) {
      recent = withText(recent, 'inbound', `Pedido ${n}`, NOW)
      recent = withText(recent, 'outbound', 'Escolha', NOW)
    }
    expect(isBotLoop(recent, NOW)).toBe(false)
    expect(isBotLoop(talk(5, 1000, {inbound: '', outbound: ''}), NOW)).toBe(false)
  })

  test('is told in whatever case and accents', () => {
    let recent = talk(4, 1000)
    recent = withText(recent, 'inbound', 'nao entendi!', NOW)
    recent = withText(recent, 'outbound', 'ESCOLHA', NOW)
    expect(isBotLoop(recent, NOW)).toBe(true)
  })

  test('is not a person who repeats a question that nobody answers', () => {
    let recent: Recent = []
    for (let n = 0; n < 8; n++) recent = withText(recent, 'inbound', 'Oi?', NOW)
    expect(isBotLoop(recent, NOW)).toBe(false)
  })
})

describe('what is remembered of it', () => {
  test('is the last twelve texts of a minute, and no word of them', () => {
    expect(talk(20, 1000)).toHaveLength(24)
    expect(talk(20, 30_000)).toHaveLength(8)
    expect(JSON.stringify(talk(5, 1000))).toMatch(/^[\d,[\]]+$/)
  })

  test('is nothing where a release before kept the texts themselves', () => {
    expect(recentOf({recent: [{text: 'oi', direction: 'inbound', at: NOW}]})).toEqual([])
    expect(recentOf({recent: talk(1, 0)})).toEqual(talk(1, 0))
    expect(recentOf({})).toEqual([])
    expect(recentOf(null)).toEqual([])
  })
})
