import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import type {Answer, Connector, ErpLine, ErpType} from '../../src/erp/connector.ts'
import {connectors} from '../../src/erp/registry.ts'
import {connectionTo} from './erp.ts'

/** Answers in the form that the vendors document; "today" is 2026-11-23. */
const NOW = Date.parse('2026-11-23T15:00:00Z')

/** A line that plays these files in order, and remembers what was asked. */
function lineOf(type: ErpType, files: readonly (string | number)[]): ErpLine {
  const left = [...files]
  return {
    ...{connection: connectionTo(type, 'https://erp.example'), now: NOW, today: '2026-11-23'},
    token: () => Promise.resolve({outcome: 'found', data: 'FAKE'}),
    send(request) {
      const file = left.shift()
      if (file === undefined) throw new Error(`Nothing is recorded for ${request.path}.`)
      const status = typeof left[0] === 'number' ? Number(left.shift()) : 200
      const body = readFileSync(join(import.meta.dirname, '../fixtures/erp', type, String(file)))
      return Promise.resolve({outcome: 'replied', status, headers: {}, body})
    },
  }
}

type Ask = (connector: Connector, line: ErpLine) => Promise<Answer<unknown>>
export const customer: Ask = (connector, line) => connector.customers('52998224725', line)
export const invoices =
  (id: string, wish: 'open' | 'paid' | 'all' = 'open'): Ask =>
  (connector, line) =>
    connector.invoices(id, wish, line)
export const slip =
  (invoiceId: string, pdf = false): Ask =>
  (connector, line) =>
    connector.slip({invoiceId, pdf}, line)
export const status =
  (id: string): Ask =>
  (connector, line) =>
    connector.status(id, line)
export const plans: Ask = (connector, line) => connector.plans(line)
export const ticket: Ask = (connector, line) =>
  connector.openTicket({customerId: '41-601', title: 'T', description: 'D', reference: 'PYT-1'}, line)

interface Case {
  name: string
  files: (string | number)[]
  ask: Ask
  expected: object
}

export const found = (data: unknown) => ({outcome: 'found', data})

/** Plays recorded answers to one connector, case by case. */
export function playRecorded(type: ErpType, cases: readonly Case[]): void {
  describe(`answers as ${type} gives them`, () => {
    test.each(cases)('$name', async ({files, ask, expected}) => {
      const answer = await ask(connectors[type], lineOf(type, files))
      expect(answer).toMatchObject(expected)
      expect(JSON.stringify(answer)).not.toMatch(/FAKE-(PORTAL|PPPOE)/)
    })
  })
}
