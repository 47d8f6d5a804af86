import {expect} from 'vitest'
import {customer, found, invoices, plans, playRecorded, slip, status, ticket} from '../support/recorded-erp.ts'

playRecorded('sisgp', [
  {
    name: 'a customer',
    files: ['consultacliente_active.json'],
    ask: customer,
    expected: found([{customer_id: '41-601', contracts: [{state: 'active', state_text: 'Ativo'}]}]),
  },
  {
    name: 'one of two contracts is over',
    files: ['consultacliente_two_contracts.json'],
    ask: customer,
    expected: found([{customer_id: '43-603', active: true, contracts: [{state: 'active'}, {state: 'cancelled'}]}]),
  },
  {
    name: 'suspended, with a telephone in an object',
    files: ['consultacliente_suspended.json'],
    ask: customer,
    expected: found([{phones: ['+5547999990002'], contracts: [{state: 'blocked'}]}]),
  },
  {name: 'nobody', files: ['consultacliente_not_found.json'], ask: customer, expected: found([])},
  {
    name: 'invoices without order, one cancelled',
    files: ['titulos_mixed_descending.json'],
    ask: invoices('41-601'),
    expected: found([
      {invoice_id: '601-1001', status: 'overdue', updated_cents: 10233},
      {invoice_id: '601-1002', status: 'open'},
    ]),
  },
  {
    name: 'what was paid',
    files: ['titulos_pagos.json'],
    ask: invoices('41-601', 'paid'),
    expected: found([{paid_cents: 9990, paid_on: '2026-10-09'}]),
  },
  {
    name: 'a slip with the day it was due and what it costs today',
    files: ['fatura2via_all_open.json'],
    ask: slip('602-2002'),
    expected: found({amount_cents: 12301, due_on: '2026-11-05'}),
  },
  {
    name: 'no open slip',
    files: ['fatura2via_none.json'],
    ask: slip('602-2002'),
    expected: {outcome: 'not_found'},
  },
  {
    name: 'online',
    files: ['consultacliente_active.json', 'consultacliente_active.json', 'verificaacesso_online.json'],
    ask: status('41-601'),
    expected: found({state: 'online', notice: null}),
  },
  {
    name: 'offline',
    files: ['consultacliente_active.json', 'consultacliente_active.json', 'verificaacesso_offline.json'],
    ask: status('41-601'),
    expected: found({state: 'offline'}),
  },
  {
    name: 'maintenance is a notice',
    files: ['consultacliente_active.json', 'consultacliente_active.json', 'verificaacesso_maintenance.json'],
    ask: status('41-601'),
    expected: found({state: 'offline', notice: expect.stringContaining('manutenção')}),
  },
  {
    name: 'a ticket',
    files: ['chamado_ok.json'],
    ask: ticket,
    expected: found({protocol: '261123000001'}),
  },
  {
    name: 'a ticket as a list of one, its protocol a number',
    files: ['chamado_ok_array.json'],
    ask: ticket,
    expected: found({protocol: '261123000002'}),
  },
  {
    name: 'plans',
    files: ['consultaplano.json'],
    ask: plans,
    expected: found([{price_cents: 9990}, {price_cents: 11990}, {price_cents: 6990}]),
  },
  {
    name: 'an application that is not known',
    files: ['auth_error_403.json', 403],
    ask: customer,
    expected: {outcome: 'error', code: 'credentials'},
  },
  {
    name: 'the page of another program',
    files: ['html_login_page.html'],
    ask: customer,
    expected: {outcome: 'error', code: 'html'},
  },
])
