import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {systemClock} from '../../src/base/clock.ts'
import {parseCpf} from '../../src/base/documents.ts'
import {systemRandom} from '../../src/base/ids.ts'
import {createAnonymous} from '../../src/erp/anonymous.ts'
import {differences, record, replay} from '../../src/erp/cassette.ts'
import {erpTypes} from '../../src/erp/connector.ts'
import {known} from '../../src/sandbox/erp/people.ts'
import {erpCredentials} from '../../src/sandbox/erp/provider.ts'
import {startSandbox, type Sandbox} from '../../src/sandbox/sandbox.ts'
import {connectionTo, openWire} from '../support/erp.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({clock: systemClock, random: systemRandom})
})
afterAll(() => sandbox.close())

describe.each(erpTypes)('cassettes of %s', (type) => {
  test.each([known.active, known.blocked, known.company])(
    'hold nothing of a person, and play again as they did',
    async (document) => {
      await using own = openWire(connectionTo(type, sandbox.erpUrl))
      const cassettes = await record(own.wire, systemClock, document)
      const operations = cassettes.map(({operation}) => operation)
      const expected = ['customer', 'invoices', 'boleto', 'status', 'plans']
      expect(operations).toEqual(type === 'mksolutions' ? expected.slice(0, -1) : expected)
      const text = JSON.stringify(cassettes)
      const person = sandbox.erp.find((one) => one.document === document)
      const {name = '', phone = '', email = '', invoices = []} = person ?? {}
      const personal = [document, ...name.split(' '), name.toUpperCase(), phone, phone.slice(2), email]
      const codes = invoices.flatMap(({line, barcode, pix}) => [line, barcode, pix])
      for (const one of [...personal.filter((part) => part.length > 4), ...codes])
        expect(text.toUpperCase()).not.toContain(one.toUpperCase())
      for (const secret of JSON.stringify(erpCredentials).match(/[\w-]{12,}/g) ?? []) expect(text).not.toContain(secret)
      expect(text).not.toContain('127.0.0.1')
      for (const cassette of cassettes) {
        expect(cassette.answer, cassette.operation).toMatchObject({outcome: 'found'})
        expect(await replay(cassette)).toEqual(cassette.answer)
      }
      const documents = cassettes.map(({input}) => input.document).filter((one) => one !== undefined)
      expect(documents.every((one) => parseCpf(one) !== undefined)).toBe(true)
    },
  )

  test('say which field changed, and which answer was not asked for', async () => {
    await using own = openWire(connectionTo(type, sandbox.erpUrl))
    const cassette = (await record(own.wire, systemClock, known.active)).find(({operation}) => operation === 'invoices')
    if (!cassette) throw new Error('There are no invoices.')
    const [first, ...others] = cassette.exchanges
    if (!first) throw new Error('Nothing was recorded.')
    const body = first.body.replaceAll(/119[.,]90?/g, '120.00')
    const changed = differences(cassette.answer, await replay({...cassette, exchanges: [{...first, body}, ...others]}))
    expect(changed).toContainEqual({field: 'data.0.amount_cents', was: 11990, is: 12000})
    const more = differences(cassette.answer, await replay({...cassette, exchanges: [...cassette.exchanges, first]}))
    expect(more.map(({field}) => field)).toEqual(['unused'])
    const none = differences(cassette.answer, await replay({...cassette, exchanges: []}))
    expect(none).toContainEqual({field: 'outcome', was: 'found', is: 'error'})
  })
})

test('the same is replaced by the same, whatever its marks', () => {
  const {clean} = createAnonymous()
  const cleaned = clean({
    ...{cpf: '529.982.247-25', again: '52998224725', number: 52998224725, other: '11144477735'},
    ...{nome: 'Maria Souza', razao: 'Maria Souza', obs: 'Ligar depois', senha: 'x', fone: '(47) 99999-0001'},
    ...{
      valor: '99.90',
      vencimento: '2026-11-10',
      hora: '2026-11-10 10:00:00',
      ativo: 'S',
      data_nascimento: '1985-04-17',
    },
    status: 'Serviço Habilitado de 529.982.247-25',
  }) as Record<string, unknown>
  expect(cleaned.cpf).toBe(cleaned.again)
  expect(String(cleaned.number)).toBe(String(Number(cleaned.cpf)))
  expect(cleaned.other).not.toBe(cleaned.cpf)
  expect(cleaned).toMatchObject({
    ...{nome: 'Texto 1', razao: 'Texto 1', obs: 'Texto 2', senha: 'FAKE', fone: '47990000001'},
    ...{
      valor: '99.90',
      vencimento: '2026-11-10',
      hora: '2026-11-10 10:00:00',
      ativo: 'S',
      data_nascimento: '1980-01-01',
    },
    status: 'Serviço Habilitado de 000',
  })
})
