import {expect} from 'vitest'
import {customer, found, invoices, plans, playRecorded, slip, status, ticket} from '../support/recorded-erp.ts'

playRecorded('ixcsoft', [
  {
    name: 'a customer, asked with marks',
    files: ['cliente_by_cpf.json', 'cliente_contrato_active.json'],
    ask: customer,
    expected: found([
      {customer_id: '11', phones: ['+5547999990001'], contracts: [{contract_id: '501', state: 'active'}]},
    ]),
  },
  {
    name: 'nobody, in either form',
    files: ['cliente_not_found.json', 'cliente_not_found_empty_list.json'],
    ask: customer,
    expected: found([]),
  },
  {
    name: 'a birth date of zeros',
    files: ['cliente_blocked.json', 'cliente_contrato_financial_overdue.json'],
    ask: customer,
    expected: found([{secret: {birthDate: null}, phones: ['+5547999990002'], contracts: [{state: 'blocked'}]}]),
  },
  {
    name: 'a contract that waits for a signature',
    files: ['cliente_by_cpf.json', 'cliente_contrato_two.json'],
    ask: customer,
    expected: {outcome: 'found'},
  },
  {
    name: 'open invoices',
    files: ['fn_areceber_open.json'],
    ask: invoices('11'),
    expected: found([
      {invoice_id: '1001', status: 'overdue', amount_cents: 9990, due_on: '2026-11-10'},
      {invoice_id: '1002', status: 'open'},
    ]),
  },
  {
    name: 'forecasts are nobody’s debt',
    files: ['fn_areceber_not_released.json'],
    ask: invoices('11'),
    expected: found([]),
  },
  {name: 'no invoices', files: ['fn_areceber_none.json'], ask: invoices('11'), expected: found([])},
  {
    name: 'an invoice that is paid in part',
    files: ['fn_areceber_partial_gateway.json'],
    ask: invoices('11'),
    expected: {outcome: 'found'},
  },
  {
    name: 'a slip with PIX and the bare PDF',
    files: ['fn_areceber_open.json', 'get_pix.json', 'get_boleto_arquivo.txt'],
    ask: slip('1001', true),
    expected: found({
      pix: expect.stringMatching(/^000201.*50D0$/),
      pdf_base64: expect.stringMatching(/^JVBERi0/),
      barcode: '75692162600000099901000100000000100000001001',
      warnings: [],
    }),
  },
  {
    name: 'the same PDF quoted, PIX elsewhere',
    files: ['fn_areceber_open.json', 'get_pix_only_dadospix.json', 'get_boleto_arquivo_quoted.txt'],
    ask: slip('1001', true),
    expected: found({pix: expect.stringMatching(/^000201/), pdf_base64: expect.stringMatching(/^JVBERi0/)}),
  },
  {
    name: 'a slip without PIX',
    files: ['fn_areceber_open.json', 'get_pix_error.json'],
    ask: slip('1001'),
    expected: found({pix: null, warnings: [expect.stringContaining('PIX')]}),
  },
  {
    name: 'a blocked connection',
    files: ['cliente_contrato_blocked.json', 'radusuarios_offline.json'],
    ask: status('12'),
    expected: found({blocked: true, reason: 'Bloqueio automático por débito', since: '2026-10-20'}),
  },
  {
    name: 'a connection that says nothing',
    files: ['cliente_contrato_active.json', 'radusuarios_no_information.json'],
    ask: status('11'),
    expected: found({state: 'unknown', blocked: false}),
  },
  {
    name: 'plans whose price stands in the parts',
    files: ['vd_contratos.json', 'vd_contratos_produtos.json'],
    ask: plans,
    expected: found([
      {plan_id: '9', price_cents: 9990},
      {plan_id: '10', price_cents: 11990},
    ]),
  },
  {
    name: 'a ticket whose protocol is read afterwards',
    files: ['su_ticket_created.json', 'su_ticket_read.json'],
    ask: ticket,
    expected: found({ticket_id: '372', protocol: '2026112300372'}),
  },
  {
    name: 'a ticket that is refused',
    files: ['su_ticket_error_process_required.json'],
    ask: ticket,
    expected: {outcome: 'error', code: 'refused'},
  },
  {
    name: 'an address that is not allowed',
    files: ['error_ip_not_allowed.json'],
    ask: customer,
    expected: {outcome: 'error', code: 'permission'},
  },
  {
    name: 'a page with status 200',
    files: ['error_http_200.html'],
    ask: customer,
    expected: {outcome: 'error', code: 'html'},
  },
  {
    name: 'a token that is not taken',
    files: ['error_401.html', 401],
    ask: customer,
    expected: {outcome: 'error', code: 'credentials'},
  },
])
