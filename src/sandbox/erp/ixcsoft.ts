import type {Answer, SandboxRequest} from '../exchange.ts'
import {json} from '../exchange.ts'
import {type Json, objectOf, parseJson, textOf} from '../json.ts'
import {type Contract, type Customer, type Invoice, marked, plans, reais} from './people.ts'
import {erpCredentials, type Provider} from './provider.ts'

/** IXC's web service: tables read with its own query language, everything as text, missing lists when nothing fits. */
export function answerIxc(provider: Provider, request: SandboxRequest): Answer {
  const {authorization} = request.headers
  const wanted = `Basic ${Buffer.from(erpCredentials.ixcsoft.token).toString('base64')}`
  if (authorization !== wanted) return {status: 401, body: '<html><h1>401 Unauthorized</h1></html>', type: 'text/html'}
  const table = request.path.slice('/webservice/v1/'.length)
  const body = objectOf(parseJson(request.body))
  if (table === 'get_boleto') return pdf(provider, body)
  if (table === 'get_pix') return pix(provider, body)
  if (request.headers.ixcsoft === 'listar') return list(provider, table, body)
  return table === 'su_ticket' ? insertTicket(provider, body) : broken
}

/** What IXC says of nearly everything that is wrong, with status 200. */
const broken: Answer = {
  status: 200,
  body: '<div style="font-family:Arial;padding:20px;">Ocorreu um erro ao processar. Contate o suporte IXC Soft.</div>',
  type: 'text/html',
}
const refused = (message: string) => json(200, {type: 'error', message: `${message}<br />`})

type Row = Record<string, string>

const tables: Readonly<Record<string, (provider: Provider) => Row[]>> = {
  cliente: ({people}) => people.map(customerRow),
  cliente_contrato: ({people}) => people.flatMap((one) => one.contracts.map((contract) => contractRow(one, contract))),
  fn_areceber: ({people}) => people.flatMap((one) => one.invoices.map((invoice) => invoiceRow(one, invoice))),
  radusuarios: ({people}) => people.flatMap((one) => one.contracts.map((contract) => loginRow(one, contract))),
  su_ticket: ({people}) =>
    people.flatMap((one) =>
      one.tickets.map(({n, protocol, text}) => ({
        ...{id: String(n), protocolo: protocol, id_cliente: String(one.n), menssagem: text, titulo: '', su_status: 'N'},
      })),
    ),
  vd_contratos: () =>
    plans.map(({n, name, cents, active}) => ({
      ...{id: String(n), nome: name, descricao: name, ativo: active ? 'S' : 'N', tipo: 'I'},
      // One price stands in the parts only.
      valor_contrato: n === 10 ? '0.00' : reais(cents),
    })),
  vd_contratos_produtos: () => [
    {id: '31', id_vd_contrato: '10', descricao: 'Internet 700', valor_unit: '89.900000000', qtde: '1.000000000'},
    {id: '32', id_vd_contrato: '10', descricao: 'Roteador', valor_unit: '30.000000000', qtde: '1.000000000'},
  ],
}

const customerRow = (one: Customer): Row => ({
  ...{id: String(one.n), razao: one.name, fantasia: '', cnpj_cpf: marked(one.document)},
  ...{tipo_pessoa: one.company ? 'J' : 'F', ativo: 'S', email: one.email, fone: '', whatsapp: ''},
  telefone_celular: `(${one.phone.slice(0, 2)}) ${one.phone.slice(2, -4)}-${one.phone.slice(-4)}`,
  ...{data_nascimento: one.company ? '0000-00-00' : one.birthDate, senha: 'FAKE-PORTAL-PASSWORD', alerta: ''},
  ultima_atualizacao: '2026-11-01 10:00:00',
})

const contractRow = (one: Customer, {n, plan, state}: Contract): Row => ({
  ...{id: String(n), id_cliente: String(one.n), contrato: plan.name, id_vd_contrato: String(plan.n)},
  ...{
    status: state === 'cancelled' ? 'I' : 'A',
    status_internet: state === 'blocked' ? 'CA' : 'A',
    status_velocidade: 'N',
  },
  dt_ult_bloq_auto: state === 'blocked' ? '2026-10-20' : '0000-00-00',
})

const invoiceRow = (one: Customer, {n, contract, cents, due, paid, line}: Invoice): Row => ({
  ...{id: String(n), id_cliente: String(one.n), id_contrato: String(contract), id_contrato_avulso: '0', documento: ''},
  ...{
    status: paid ? 'R' : 'A',
    liberado: 'S',
    data_vencimento: due,
    valor: reais(cents),
    valor_aberto: reais(paid ? 0 : cents),
  },
  ...{valor_recebido: reais(paid ? cents : 0), pagamento_data: paid ?? '', pagamento_valor: paid ? reais(cents) : ''},
  ...{linha_digitavel: line, gateway_link: '', obs: '', baixa_data: paid ?? ''},
})

const loginRow = (one: Customer, {n, online}: Contract): Row => ({
  ...{id: String(n + 300), id_cliente: String(one.n), id_contrato: String(n), login: `cliente${one.n}`},
  ...{senha: 'FAKE-PPPOE-PASSWORD', ativo: 'S', online: online ? 'S' : 'N', motivo_desconexao: ''},
  ultima_conexao_inicial: '2026-11-20 03:12:44',
  ultima_conexao_final: online ? '0000-00-00 00:00:00' : '2026-11-22 21:40:10',
})

interface Condition {
  field: string
  oper: string
  value: string
}

function list(provider: Provider, table: string, body: Json): Answer {
  const all = tables[table]?.(provider)
  const [of, column] = textOf(body.qtype).split('.')
  if (!all || of !== table || column === undefined) return broken
  const grid = parseJson(textOf(body.grid_param) || '[]')
  const conditions = [
    {field: textOf(body.qtype), oper: textOf(body.oper), value: textOf(body.query)},
    ...(Array.isArray(grid) ? grid : [])
      .map(objectOf)
      .map(({TB, OP, P}) => ({field: textOf(TB), oper: textOf(OP), value: textOf(P)})),
  ]
  const rows = sorted(
    all.filter((row) => conditions.every((condition) => fits(row, condition))),
    body,
  )
  const page = Number(textOf(body.page) || 1)
  const size = Number(textOf(body.rp) || 20)
  const shown = rows.slice((page - 1) * size, page * size)
  return json(200, {page: String(page), total: String(rows.length), ...(shown.length > 0 ? {registros: shown} : {})})
}

function sorted(rows: Row[], body: Json): Row[] {
  const column = textOf(body.sortname).split('.')[1] ?? 'id'
  const sign = body.sortorder === 'desc' ? -1 : 1
  return rows.sort((a, b) => sign * (a[column] ?? '').localeCompare(b[column] ?? '', 'en', {numeric: true}))
}

function fits(row: Row, {field, oper, value}: Condition): boolean {
  const held = row[field.split('.')[1] ?? ''] ?? ''
  if (oper === 'IN') return value.split(',').includes(held)
  if (oper === '=') return held === value
  if (oper === '!=') return held !== value
  const order = held.localeCompare(value, 'en', {numeric: true})
  return oper === '>' ? order > 0 : oper === '>=' ? order >= 0 : oper === '<' ? order < 0 : order <= 0
}

/** A one-page PDF, as bare base64. */
export const PDF = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n%%EOF\n')

const pdf = (provider: Provider, body: Json): Answer =>
  provider.invoice(Number(textOf(body.boletos)))
    ? {status: 200, body: PDF.toString('base64'), type: 'text/html'}
    : refused('Boleto não encontrado!')

function pix(provider: Provider, body: Json): Answer {
  const held = provider.invoice(Number(textOf(body.id_areceber)))
  if (!held || held.invoice.paid) return refused('PIX não disponível para este título!')
  const {pix: code, due} = held.invoice
  return json(200, {
    type: 'success',
    pix: {
      dadosPix: {txid: `T${held.invoice.n}`, status: 'ATIVA', pixCopiaECola: code, calendario: {dataDeVencimento: due}},
      qrCode: {qrcode: code},
    },
  })
}

function insertTicket(provider: Provider, body: Json): Answer {
  const customer = provider.find(({n}) => String(n) === textOf(body.id_cliente))
  if (!customer) return refused('Preencha o campo Cliente!')
  if (textOf(body.id_assunto) === '') return refused('Preencha o campo Assunto!')
  const ticket = provider.addTicket(customer, textOf(body.menssagem))
  return json(200, {type: 'success', message: 'Registro inserido com sucesso!', id: String(ticket.n)})
}
