import {type Answer, json, type SandboxRequest} from '../exchange.ts'
import {brazilian, type Customer, type Invoice, marked, reais} from './people.ts'
import {erpCredentials, type Provider} from './provider.ts'

/** MK's `.rule` services: all by GET, status in the body, two families of errors, accents in two halves. */
export function answerMk(provider: Provider, {path, query}: SandboxRequest): Answer {
  const service = /^\/mk\/(\w+)\.rule$/.exec(path)?.[1] ?? ''
  if (query.get('sys') !== 'MK0') return error('001', 'Sistema inválido.')
  if (service === 'WSAutenticacao') return signIn(provider, query)
  if (!provider.isSignedIn(query.get('token') ?? '')) return {...error('999', 'Token expirado.')}
  return services[service]?.(provider, query) ?? servlet
}

const servlet: Answer = {
  status: 500,
  body: '<html><body><h1>HTTP Status 500 - javax.servlet.ServletException: java.lang.NullPointerException</h1></body></html>',
  type: 'text/html',
}

/** Latin characters go out as the first byte of their UTF-8 raw and the second as an escape. */
function halved(value: unknown): Answer {
  const text = JSON.stringify(value).replace(/[\u0080-\u00ff]/g, (letter) => {
    const [first = 0, second = 0] = Buffer.from(letter)
    return `${String.fromCharCode(first)}\\u00${second.toString(16)}`
  })
  return {status: 200, body: Buffer.from(text, 'latin1'), type: 'application/json; charset=ISO-8859-1'}
}

const ok = (fields: object) => halved({...fields, status: 'OK'})
const error = (code: string, message: string) => json(200, {status: 'ERRO', 'Num. ERRO': code, Mensagem: message})

function signIn(provider: Provider, query: URLSearchParams): Answer {
  const {token, password} = erpCredentials.mksolutions
  if (query.get('token') !== token || query.get('password') !== password)
    return error('001', 'Token de usuário inválido.')
  const day = new Date(provider.world.clock.now() + 86_400_000).toISOString()
  const Expire = `${brazilian(day.slice(0, 10))} ${day.slice(11, 19)}`
  return json(200, {Expire, LimiteUso: 0, ServicosAutorizados: [9999], Token: provider.signIn(), status: 'OK'})
}

type Service = (provider: Provider, query: URLSearchParams) => Answer

const byCode = ({people}: Provider, query: URLSearchParams) =>
  people.find(({n}) => String(n + 30) === query.get('cd_cliente'))

const withCustomer =
  (answer: (customer: Customer) => Answer): Service =>
  (provider, query) => {
    const customer = byCode(provider, query)
    return customer ? answer(customer) : error('003', 'Cliente não encontrado.')
  }

const withInvoice =
  (name: string, answer: (invoice: Invoice, customer: Customer) => Answer): Service =>
  (provider, query) => {
    const held = provider.invoice(Number(query.get(name)))
    return held ? answer(held.invoice, held.customer) : error('003', 'Fatura não encontrada.')
  }

const services: Readonly<Record<string, Service>> = {
  WSMKConsultaDoc: ({people}, query) => {
    const document = query.get('doc') ?? ''
    if (!/^(\d{11}|[0-9A-Z]{12}\d{2})$/.test(document)) return error('002', 'Formato do documento inválido.')
    const [first, ...others] = people.filter((one) => one.document === document)
    return first
      ? ok({...customerRow(first), Outros: others.map(customerRow)})
      : error('003', 'Cliente não encontrado.')
  },
  WSMKConsultaClientes: ({people}, query) => {
    const from = Number(query.get('cd_cliente_inicio'))
    return halved(
      people
        .filter(({n}) => n + 30 >= from)
        .slice(0, 40)
        .map((one) => ({...customerRow(one), CPF_CNPJ: marked(one.document)})),
    )
  },
  WSMKContratosPorCliente: withCustomer((one) =>
    ok({
      CodigoPessoa: one.n + 30,
      ContratosAtivos: one.contracts.map(({n, plan}) => ({codcontrato: n, plano_acesso: plan.name})),
    }),
  ),
  WSMKFaturasPendentes: withCustomer((one) => {
    const open = one.invoices.filter(({paid}) => paid === undefined)
    if (open.length === 0) return error('003', 'Nenhuma fatura pendente encontrada.')
    // Servers differ in how they write amounts and days; here customers do.
    const odd = one.n % 2 === 0
    return ok({
      CodigoPessoa: one.n + 30,
      FaturasPendentes: open.map(({n, contract, cents, due}) => ({
        ...{
          codfatura: n,
          descricao: 'Mensalidade',
          contratos: String(contract),
          data_vencimento: odd ? brazilian(due) : due,
        },
        valor_total: odd
          ? `R$ ${reais(cents)
              .replace('.', ',')
              .replace(/\B(?=(\d{3})+,)/g, '.')}`
          : cents / 100,
      })),
    })
  }),
  WSMKFaturas: withCustomer((one) =>
    halved(
      one.invoices
        .filter(({paid}) => paid !== undefined)
        .map(({n, contract, cents, due, paid}) => ({
          ...{codfatura: n, descricao: 'Mensalidade', status: 'Pago', data_vencimento: due, data_liquidacao: paid},
          ...{valor_total_faturas: reais(cents), valor_pago: reais(cents), contratos: [{codigo_contrato: contract}]},
        })),
    ),
  ),
  WSMKSegundaViaCobranca: withInvoice('cd_fatura', ({n, cents, due}, one) =>
    ok({
      CodigoPessoa: one.n + 30,
      Fatura: n,
      PathDownload: `/mk/download/fatura_fake${n}.pdf`,
      Valor: reais(cents),
      Vcto: brazilian(due),
    }),
  ),
  WSMKLDViaSMS: withInvoice('cd_fatura', ({n, line}) =>
    ok({DadosFatura: [{codfatura: n, situacao: 'Aberta', ld: line}]}),
  ),
  WSMKRetornarCopieColaPix: withInvoice('CodigoFatura', ({pix, paid}, one) =>
    paid === undefined
      ? ok({codpessoa: one.n + 30, texto_qrcode: pix})
      : json(200, {status: 'ERRO', codigo_erro: '004', mensagem: 'PIX não habilitado para a fatura.'}),
  ),
  WSMKConexoesPorCliente: withCustomer((one) =>
    ok({
      CodigoPessoa: one.n + 30,
      Conexoes: one.contracts.map(({n, state}) => ({
        ...{codconexao: n + 10, contrato: n, username: `cliente${one.n}`, esta_reduzida: 'Não'},
        bloqueada: state === 'blocked' ? 'Sim' : 'Não',
        motivo_bloqueio: state === 'blocked' ? 'Bloqueio por inadimplência' : null,
      })),
    }),
  ),
  WSMKListaProcessos: () => ok({Processos: [{codprocesso: 1, nome: 'Suporte'}]}),
  WSMKNovoAtendimento: (provider, query) => {
    const customer = byCode(provider, query)
    if (!customer) return error('003', 'Cliente não encontrado.')
    if (!query.get('cd_processo') || !query.get('cd_classificacao_ate')) return servlet
    const {n, protocol} = provider.addTicket(customer, query.get('info') ?? '')
    return ok({CodigoAtendimento: n, Protocolo: protocol})
  },
}

const customerRow = (one: Customer) => ({
  ...{CodigoPessoa: one.n + 30, Nome: one.name.toUpperCase(), Email: one.email, CEP: '89200-000'},
  ...{Fone: `(${one.phone.slice(0, 2)}) ${one.phone.slice(2)}`, Endereco: 'Rua Exemplo, 100', Situacao: 'Ativo'},
})
