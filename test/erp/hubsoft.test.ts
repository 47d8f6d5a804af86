import {expect} from 'vitest'
import {customer, found, invoices, plans, playRecorded, slip} from '../support/recorded-erp.ts'

playRecorded('hubsoft', [
  {
    name: 'a customer',
    files: ['cliente_active_online.json'],
    ask: customer,
    expected: found([
      {
        customer_id: '421',
        name: 'MARIA APARECIDA TESTE',
        contracts: [{contract_id: '101', state: 'active'}],
        secret: {birthDate: '1985-04-17'},
      },
    ]),
  },
  {
    name: 'an outage that the provider tells of',
    files: ['cliente_active_outage_alert.json'],
    ask: customer,
    expected: found([{notice: expect.any(String)}]),
  },
  {name: 'nobody', files: ['cliente_not_found.json'], ask: customer, expected: found([])},
  {
    name: 'open invoices, with "suscess" and Brazilian days',
    files: ['financeiro_open.json'],
    ask: invoices('421'),
    expected: found([
      {invoice_id: '421-1001', status: 'overdue', amount_cents: 9990, due_on: '2026-11-10'},
      {invoice_id: '421-1002', status: 'open'},
    ]),
  },
  {
    name: 'what was paid',
    files: ['financeiro_paid_and_open.json'],
    ask: invoices('421', 'paid'),
    expected: found([{invoice_id: '421-1000', status: 'paid'}]),
  },
  {
    name: 'a slip',
    files: ['financeiro_open.json'],
    ask: slip('421-1001'),
    expected: found({
      digitable_line: '75691000140000000010900000010017216260000009990',
      pix: expect.stringMatching(/^000201/),
      url: 'https://erp.example/pdf/fatura/fake1001',
    }),
  },
  {
    name: 'direct debit has no slip',
    files: ['financeiro_direct_debit_no_slip.json', 'financeiro_direct_debit_no_slip.json'],
    ask: async (connector, line) => {
      const listed = await connector.invoices('421', 'open', line)
      return connector.slip({invoiceId: listed.outcome === 'found' ? (listed.data[0]?.invoice_id ?? '') : ''}, line)
    },
    expected: found({digitable_line: null, pix: null, warnings: [expect.stringContaining('no slip')]}),
  },
  {
    name: 'plans of a place, without those that are not sold',
    files: ['planos_por_cep.json'],
    ask: plans,
    expected: found([
      {plan_id: '9', price_cents: 9990, download_mbps: 500},
      {plan_id: '10', download_mbps: 700},
    ]),
  },
  {
    name: 'a place that is none',
    files: ['planos_cep_error.json'],
    ask: plans,
    expected: {outcome: 'error', code: 'refused'},
  },
  {
    name: 'a refusal with its reasons',
    files: ['business_error_with_errors.json'],
    ask: customer,
    expected: {outcome: 'error', code: 'refused', message: expect.stringContaining('telefone')},
  },
  {
    name: 'a server that broke',
    files: ['error_500.html', 500],
    ask: customer,
    expected: {outcome: 'unavailable', code: 'server_error'},
  },
])
