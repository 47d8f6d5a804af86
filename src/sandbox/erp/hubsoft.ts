import {type Answer, json, type SandboxRequest} from '../exchange.ts'
import {type Json, objectOf, parseJson, textOf} from '../json.ts'
import {brazilian, type Contract, type Customer, type Invoice, plans, reais} from './people.ts'
import {erpCredentials, type Provider} from './provider.ts'

const ROOT = '/api/v1/integracao/'
const THIRTY_DAYS = 2_592_000

/** HubSoft's integration API: success in the body, its misspellings, numbers here and text there. */
export function answerHubsoft(provider: Provider, request: SandboxRequest): Answer {
  if (request.path === '/oauth/token') return signIn(provider, objectOf(parseJson(request.body)))
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
  if (!provider.isSignedIn(token)) return json(401, {message: 'Unauthenticated.'})
  const route = routes[`${request.method} ${request.path.slice(ROOT.length)}`]
  return route ? route(provider, request) : json(404, {status: 'error', msg: 'Rota não encontrada.'})
}

const ok = (fields: Json, status = 'success') => json(200, {status, msg: 'Dados consultados com sucesso', ...fields})
const refused = (msg: string, errors?: Json) => json(200, {status: 'error', msg, ...(errors ? {errors} : {})})

function signIn(provider: Provider, body: Json): Answer {
  const {clientId, clientSecret, username, password} = erpCredentials.hubsoft
  const given = [body.grant_type, textOf(body.client_id), body.client_secret, body.username, body.password]
  const wanted = ['password', clientId, clientSecret, username, password]
  if (given.some((value, index) => value !== wanted[index])) {
    const error_description = 'The user credentials were incorrect.'
    return json(401, {error: 'invalid_credentials', error_description, message: error_description})
  }
  return json(200, {
    token_type: 'Bearer',
    access_token: provider.signIn(),
    refresh_token: 'FAKE',
    expires_in: THIRTY_DAYS,
  })
}

type Route = (provider: Provider, request: SandboxRequest) => Answer

const routes: Readonly<Record<string, Route>> = {
  'GET cliente': (provider, {query}) =>
    ok({
      clientes: found(provider, query)
        .slice(0, Number(query.get('limit') ?? 5))
        .map(customerRow),
    }),
  'GET cliente/todos': (provider, {query}) => {
    const page = Number(query.get('pagina') ?? 0)
    const size = Number(query.get('itens_por_pagina') ?? 50)
    const clientes = provider.people.slice(page * size, (page + 1) * size).map(customerRow)
    const ultima_pagina = Math.ceil(provider.people.length / size) - 1
    return ok({
      clientes,
      paginacao: {primeira_pagina: 0, ultima_pagina, pagina_atual: page, total_registros: provider.people.length},
    })
  },
  'GET cliente/financeiro': (provider, {query}) => {
    const pending = query.get('apenas_pendente') !== 'nao'
    const sign = query.get('order_type') === 'desc' ? -1 : 1
    const faturas = found(provider, query)
      .flatMap((one) => one.invoices.map((invoice) => ({one, invoice})))
      .filter(({invoice}) => !pending || invoice.paid === undefined)
      .sort((a, b) => sign * a.invoice.due.localeCompare(b.invoice.due))
      .slice(0, Number(query.get('limit') ?? 20))
      .map(({one, invoice}) => invoiceRow(one, invoice))
    return ok({faturas}, 'suscess')
  },
  'GET cliente/atendimento': (provider, {query}) =>
    ok({
      atendimentos: found(provider, query).flatMap((one) =>
        one.tickets.map(({n, protocol, text}) => ({
          id_atendimento: n,
          protocolo: protocol,
          status: 'Pendente',
          descricao_abertura: text,
        })),
      ),
    }),
  'POST atendimento': (provider, request) => openTicket(provider, objectOf(parseJson(request.body))),
  'GET configuracao/tipo_atendimento': () => ok({tipos_atendimento: [{id_tipo_atendimento: 1, descricao: 'SAC'}]}),
  'GET configuracao/servico': () => ok({servicos: plans.map(({n, name}) => ({id_servico: n, descricao: name}))}),
  'GET prospecto/create': (_provider, {query}) => {
    if (!/^\d{8}$/.test(query.get('cep') ?? '')) return refused('CEP não informado.')
    return ok({servicos: plans.map(planRow)})
  },
}

const KBITS = 1024
const planRow = ({n, name, cents, mbps, active}: (typeof plans)[number]) => ({
  ...{
    id_servico: n,
    descricao: name,
    valor: cents / 100,
    display: `${active ? '' : '(INATIVO) '}${name} - R$ ${reais(cents)}`,
  },
  ...{velocidade_download: mbps * KBITS, velocidade_upload: (mbps / 2) * KBITS},
})

function found({people}: Provider, query: URLSearchParams): Customer[] {
  const term = query.get('termo_busca') ?? ''
  if (query.get('busca') === 'cpf_cnpj') return people.filter(({document}) => document === term)
  return query.get('busca') === 'codigo_cliente' ? people.filter(({n}) => String(n + 420) === term) : []
}

const customerRow = (one: Customer) => ({
  ...{id_cliente: one.n, codigo_cliente: one.n + 420, nome_razaosocial: one.name.toUpperCase(), nome_fantasia: null},
  ...{
    tipo_pessoa: one.company ? 'pj' : 'pf',
    cpf_cnpj: one.document,
    telefone_primario: one.phone,
    telefone_secundario: null,
  },
  ...{email_principal: one.email, data_nascmento: one.company ? null : `${one.birthDate} 00:00:00`},
  ...{alerta: false, alerta_mensagens: [], servicos: one.contracts.map((contract) => serviceRow(one, contract))},
  senhas: [{tipo: 'central', senha: 'FAKE-PORTAL-PASSWORD'}],
})

const words = {active: 'Serviço Habilitado', blocked: 'Suspenso por Débito', cancelled: 'Cancelado'}
const prefixes = {active: 'servico_habilitado', blocked: 'suspenso_debito', cancelled: 'cancelado'}

const serviceRow = (one: Customer, {n, plan, state, online}: Contract) => ({
  ...{id_cliente_servico: n, id_servico: plan.n, nome: plan.name, valor: plan.cents / 100},
  ...{status: words[state], status_prefixo: prefixes[state], login: `cliente${one.n}`, senha: 'FAKE-PPPOE-PASSWORD'},
  ultima_conexao:
    one.n % 13 === 0
      ? []
      : {
          conectado: online,
          ultima_conexao_datetime: '2026-11-20 03:12:44-03',
          ultima_desconexao_datetime: online ? null : '2026-11-22 21:40:10-03',
        },
})

const invoiceRow = (one: Customer, {n, contract, cents, due, paid, line, barcode, pix}: Invoice) => ({
  ...{
    id_fatura: n,
    nosso_numero: String(n),
    linha_digitavel: line,
    codigo_barras: barcode,
    tipo_cobranca: 'boleto_bancario',
  },
  ...{link: `/pdf/fatura/fake${n}`, valor: cents / 100, data_vencimento: brazilian(due), pix_copia_cola: pix},
  data_pagamento: paid ? brazilian(paid) : null,
  detalhamento: [{descricao: 'Mensalidade', valor: cents / 100}],
  cliente: {codigo_cliente: one.n + 420, servico: {id_cliente_servico: contract}},
})

function openTicket(provider: Provider, body: Json): Answer {
  const errors: Json = {}
  for (const field of ['id_cliente_servico', 'descricao', 'nome', 'telefone'])
    if (textOf(body[field]) === '') errors[field] = [`O campo ${field} é obrigatório.`]
  if (Object.keys(errors).length > 0) return refused('Erro ao validar os dados', errors)
  const customer = provider.find(({contracts}) =>
    contracts.some(({n}) => String(n) === textOf(body.id_cliente_servico)),
  )
  if (!customer) return refused('Serviço não encontrado.')
  const ticket = provider.addTicket(customer, textOf(body.descricao))
  return json(200, {
    status: 'success',
    msg: `Atendimento aberto com sucesso. Anote o protocolo: ${ticket.protocol}`,
    atendimento: {id_atendimento: ticket.n, protocolo: ticket.protocol, status: 'Pendente', ordens_servico: []},
  })
}
