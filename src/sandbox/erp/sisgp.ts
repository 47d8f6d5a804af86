import {type Answer, json, type SandboxRequest} from '../exchange.ts'
import {objectOf, parseJson, textOf} from '../json.ts'
import {type Contract, type Customer, type Invoice, marked, plans, reais} from './people.ts'
import {erpCredentials, type Provider} from './provider.ts'

/** SGP: token and application in every body, one row per contract, names in three manners. */
export function answerSgp(provider: Provider, request: SandboxRequest): Answer {
  const fields = fieldsIn(request)
  const {token, app} = erpCredentials.sisgp
  if (fields.token !== token || fields.app !== app)
    return json(403, {detail: 'Credenciais de autenticação incorretas.'})
  const pix = /^\/api\/ura\/pagamento\/pix\/(\d+)\/$/.exec(request.path)
  if (pix) return pixOf(provider, Number(pix[1]))
  const route = routes[request.path]
  return route ? route(provider, fields) : {status: 404, body: '<html><h1>Not Found</h1></html>', type: 'text/html'}
}

type Fields = Readonly<Record<string, string | undefined>>
type Route = (provider: Provider, fields: Fields) => Answer

function fieldsIn({body, headers}: SandboxRequest): Fields {
  if (!headers['content-type']?.includes('json')) return Object.fromEntries(new URLSearchParams(body.toString()))
  return Object.fromEntries(Object.entries(objectOf(parseJson(body))).map(([name, value]) => [name, textOf(value)]))
}

/** A customer's number is the number of another one's contract: they must not be mixed. */
const clientIdOf = ({n}: Customer) => n + 499

const withContract = ({people}: Provider, n: string | undefined) => {
  for (const customer of people) {
    const contract = customer.contracts.find((one) => String(one.n) === n)
    if (contract) return {customer, contract}
  }
  return undefined
}

const routes: Readonly<Record<string, Route>> = {
  '/api/ura/planoscontas/': () => json(200, {planoscontas: []}),
  '/api/ura/consultacliente/': (provider, {cpfcnpj, contrato}) => {
    if (!cpfcnpj && !contrato) return json(200, {msg: 'CPF/CNPJ ou Contrato ID Não informados'})
    const contratos = provider.people.flatMap((one) =>
      one.contracts
        .filter(({n}) => (cpfcnpj ? one.document === cpfcnpj : String(n) === contrato))
        .map((contract) => contractRow(one, contract)),
    )
    return json(200, {
      msg: contratos.length > 0 ? 'Contrato(s) Localizado(s)' : 'Nenhum contrato localizado',
      contratos,
    })
  },
  '/api/ura/clientes/': ({people}, {offset, limit}) =>
    json(200, {
      clientes: people.slice(Number(offset ?? 0), Number(offset ?? 0) + Number(limit ?? 100)).map((one) => ({
        ...{
          id: clientIdOf(one),
          nome: one.name,
          cpfcnpj: marked(one.document),
          telefones: [one.phone],
          emails: [one.email],
        },
        contratos: one.contracts.map(({n, plan, state}) => ({
          ...{contrato: n, status: words[state]},
          servicos: [{id: n, plano: {id: plan.n, descricao: plan.name}}],
        })),
      })),
    }),
  '/api/ura/titulos/': ({people}, {cliente_id: id, contrato, status, offset = '0', limit = '250'}) => {
    const customer = people.find((one) =>
      id ? String(clientIdOf(one)) === id : one.contracts.some(({n}) => String(n) === contrato),
    )
    const all = (customer?.invoices ?? [])
      .filter(({paid}) => (status === 'abertos' ? !paid : status === 'pagos' ? Boolean(paid) : true))
      .sort((a, b) => (status ? 1 : -1) * a.due.localeCompare(b.due))
    const titulos = all.slice(Number(offset), Number(offset) + Number(limit)).map(titleRow)
    return json(200, {
      paginacao: {offset: Number(offset), limit: Number(limit), parcial: titulos.length, total: all.length},
      titulos,
    })
  },
  '/api/ura/fatura2via/': (provider, fields) => {
    const held = withContract(provider, fields.contrato)
    const open =
      held?.customer.invoices.filter((one) => one.contract === held.contract.n && one.paid === undefined) ?? []
    if (!held || open.length === 0) return json(200, {status: 0, links: []})
    // As the real one does when nobody says that no order is wanted.
    if (fields.nao_gerar_os !== '1') provider.addTicket(held.customer, 'Segunda via')
    const shown = fields.faturas_abertas_todas === '1' ? open : open.slice(0, 1)
    const links = shown.map((invoice) => linkRow(invoice, fields.link_pdf === '1'))
    return json(200, {
      status: 1,
      razaoSocial: held.customer.name,
      contratoId: held.contract.n,
      link: links[0]?.link,
      links,
    })
  },
  '/api/ura/verificaacesso/': (provider, {contrato, status_all: all}) => {
    const held = withContract(provider, contrato)
    if (!held || (held.contract.state === 'blocked' && all !== '1'))
      return json(200, {status: 0, msg: 'Nenhum serviço localizado'})
    const {online, n} = held.contract
    return json(200, {status: online ? 1 : 2, msg: online ? 'Serviço Online' : 'Serviço Offline', contratoId: n})
  },
  '/api/ura/chamado/': (provider, {contrato, conteudo = ''}) => {
    const held = withContract(provider, contrato)
    if (!held) return json(200, {status: 0, msg: 'Contrato não localizado'})
    const {protocol} = provider.addTicket(held.customer, conteudo)
    const answer = {status: 1, razaoSocial: held.customer.name, protocolo: protocol, contratoId: held.contract.n}
    return json(200, held.customer.n % 2 === 0 ? [answer] : answer)
  },
  '/api/ura/ocorrencia/list/': (provider, {contrato}) =>
    json(200, {
      ocorrencias: (withContract(provider, contrato)?.customer.tickets ?? []).map(({protocol, text}) => ({
        ...{numero: protocol, tipo: 'Suporte', status: 'Aberta', status_id: 0, conteudo: text},
      })),
    }),
  '/api/ura/consultaplano/': () =>
    json(200, {
      planos: plans.map(({n, name, cents}) => ({id: n, descricao: name, preco: reais(cents), qtd_servicos: 0})),
    }),
}

const words = {active: ' Ativo', blocked: 'Suspenso', cancelled: 'Cancelado'}
const numbers = {active: 1, blocked: 4, cancelled: 3}

const contractRow = (one: Customer, {n, plan, state}: Contract) => ({
  ...{contratoId: n, clienteId: clientIdOf(one), razaoSocial: one.name.toUpperCase(), cpfCnpj: marked(one.document)},
  ...{
    dataNascimento: one.company ? null : one.birthDate,
    contratoStatus: numbers[state],
    contratoStatusDisplay: words[state],
  },
  ...{motivo_status: state === 'blocked' ? 'Débito' : '', planointernet: plan.name, servico_login: `cliente${one.n}`},
  ...{servico_senha: 'FAKE-PPPOE-PASSWORD', contratoCentralSenha: 'FAKE-PORTAL-PASSWORD', servico_vlan: 'None'},
  telefones: one.n % 2 === 0 ? [{contato: one.phone, tipoContato: 'Celular'}] : [one.phone],
  emails: [one.email],
})

const titleRow = ({n, contract, cents, due, paid, line, pix, barcode}: Invoice) => ({
  ...{id: n, numeroDocumento: n, clienteContrato: contract, status: paid ? 'pago' : 'aberto', valor: cents / 100},
  ...{valorCorrigido: paid ? cents / 100 : withFine(cents) / 100, valorPago: paid ? cents / 100 : null},
  ...{dataVencimento: due, dataPagamento: paid ?? null, linhaDigitavel: line, codigoPix: pix, codigoBarras: barcode},
})

const withFine = (cents: number) => Math.round(cents * 1.02)

const linkRow = ({n, cents, due, line, pix}: Invoice, asPdf: boolean) => ({
  ...{
    id: n,
    fatura: n,
    vencimento: due,
    vencimento_original: due,
    valor: withFine(cents) / 100,
    valor_original: cents / 100,
  },
  // One code has to be asked for apart.
  ...{linhadigitavel: line, codigopix: n % 3 === 0 ? '' : pix, link: `/boleto/${n}/fake${asPdf ? '.pdf' : ''}`},
})

function pixOf(provider: Provider, n: number): Answer {
  const held = provider.invoice(n)
  return held
    ? json(200, {status: 1, msg: 'Dados do Pix', pix: held.invoice.pix})
    : json(200, {status: 0, msg: 'Fatura não localizada'})
}
