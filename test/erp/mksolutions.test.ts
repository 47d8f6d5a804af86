import {expect} from 'vitest'
import {customer, found, invoices, playRecorded, slip, status} from '../support/recorded-erp.ts'

playRecorded('mksolutions', [
  {
    name: 'a customer',
    files: ['consulta_doc.json', 'contratos_por_cliente.json'],
    ask: customer,
    expected: found([{customer_id: '31', document: '***.982.247-**', active: true}]),
  },
  {
    name: 'several under one document',
    files: ['consulta_doc_multiple.json', 'contratos_por_cliente.json', 'contratos_por_cliente.json'],
    ask: customer,
    expected: found([{customer_id: '33'}, {customer_id: '34'}]),
  },
  {
    name: 'broken encoding',
    files: ['consulta_doc_broken_encoding.bin', 'contratos_por_cliente.json'],
    ask: customer,
    expected: found([{name: 'JOÃO BLOQUEADO EXEMPLO'}]),
  },
  {
    name: 'one who left',
    files: ['consulta_doc_inactive.json', 'contratos_por_cliente.json'],
    ask: customer,
    expected: found([{active: false}]),
  },
  {name: 'nobody', files: ['consulta_doc_not_found.json'], ask: customer, expected: found([])},
  {
    name: 'a document in no form',
    files: ['consulta_doc_invalid.json'],
    ask: customer,
    expected: {outcome: 'error', code: 'bad_input'},
  },
  {
    name: 'amounts with comma and R$',
    files: ['faturas_pendentes_br_dates.json'],
    ask: invoices('32'),
    expected: found([
      {amount_cents: 11990, due_on: '2026-10-05'},
      {amount_cents: 11990, due_on: '2026-11-05'},
    ]),
  },
  {
    name: 'thousands',
    files: ['faturas_pendentes_large_value.json'],
    ask: invoices('33'),
    expected: found([{amount_cents: 149000}]),
  },
  {
    name: 'nothing is owed: an empty list',
    files: ['faturas_pendentes_none.json'],
    ask: invoices('31'),
    expected: found([]),
  },
  {
    name: 'nothing is owed: an error',
    files: ['faturas_pendentes_none_003.json'],
    ask: invoices('31'),
    expected: found([]),
  },
  {
    name: 'what was paid',
    files: ['faturas_liquidado_s.json'],
    ask: invoices('31', 'paid'),
    expected: found([{status: 'paid', paid_cents: 9990, paid_on: '2026-10-09'}]),
  },
  {
    name: 'a slip',
    files: ['segunda_via.json', 'ld_via_sms.json', 'pix_ok.json'],
    ask: slip('1001'),
    expected: found({amount_cents: 10233, barcode: '75692162600000099901000100000000100000001001', warnings: []}),
  },
  {
    name: 'a slip where PIX is off',
    files: ['segunda_via.json', 'ld_via_sms.json', 'pix_error.json'],
    ask: slip('1001'),
    expected: found({pix: null, warnings: [expect.stringContaining('PIX')]}),
  },
  {
    name: 'no such slip',
    files: ['segunda_via_error.json'],
    ask: slip('1'),
    expected: {outcome: 'not_found'},
  },
  {
    name: 'one of two is reduced',
    files: ['conexoes_two_one_reduced.json'],
    ask: status('33'),
    expected: found({blocked: false, reduced: true, state: 'unknown'}),
  },
  {
    name: 'blocked',
    files: ['conexoes_blocked.json'],
    ask: status('32'),
    expected: found({blocked: true, reason: 'Bloqueio por inadimplência'}),
  },
  {
    name: 'a session that ended is begun anew once',
    files: ['token_expired.json', 'conexoes_ok.json'],
    ask: status('31'),
    expected: found({blocked: false}),
  },
  {
    name: 'a session that is never good',
    files: ['token_expired.json', 'token_expired.json'],
    ask: status('31'),
    expected: {outcome: 'error', code: 'credentials'},
  },
  {
    name: 'a servlet that broke',
    files: ['error_500.html', 500],
    ask: status('31'),
    expected: {outcome: 'unavailable', code: 'server_error'},
  },
])
