import {fieldsOf, type Fields, itemsOf, numberOf, textOf} from '../../base/read.ts'
import {type Answer, type ErpLine, found, type Plan} from '../connector.ts'
import {centsOrNull, said} from '../reading.ts'
import {ask} from './wire.ts'

/** Plans with prices are sold by postal code; without one set, all services without prices. */
export async function plans(line: ErpLine): Promise<Answer<Plan[]>> {
  const cep = line.connection.settings.postal_code?.replace(/\D/g, '')
  const call = cep ? {path: 'prospecto/create', query: {cep}} : {path: 'configuracao/servico'}
  const answer = await ask(line, call)
  if (answer.outcome !== 'found') return answer
  const rows = itemsOf(answer.data.servicos).map(fieldsOf)
  return found(rows.filter((row) => !/\(INATIVO\)/i.test(textOf(row.display) ?? '')).map(planOf))
}

const KBITS = 1024

function planOf(row: Fields): Plan {
  const mbps = (value: unknown) => {
    const kbits = numberOf(value)
    return kbits ? Math.round(kbits / KBITS) : null
  }
  return {
    plan_id: textOf(row.id_servico) ?? '',
    name: said(row.descricao) ?? '',
    description: said(row.display),
    price_cents: centsOrNull(row.valor),
    currency: 'BRL',
    download_mbps: mbps(row.velocidade_download),
    upload_mbps: mbps(row.velocidade_upload),
  }
}
