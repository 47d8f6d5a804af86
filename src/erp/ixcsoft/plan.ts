import {centsOf} from '../../base/money.ts'
import {type Fields, textOf} from '../../base/read.ts'
import {type Answer, type ErpLine, found, type Plan} from '../connector.ts'
import {said} from '../reading.ts'
import {readRows} from './wire.ts'

/** Active internet plans; with the setting `plans` only those ids. */
export async function plans(line: ErpLine): Promise<Answer<Plan[]>> {
  const where = {field: 'vd_contratos.ativo', is: '=', value: 'S'} as const
  const rows = await readRows(line, {table: 'vd_contratos', where})
  if (rows.outcome !== 'found') return rows
  const allowed = line.connection.settings.plans?.split(',').map((id) => id.trim())
  const sold = rows.data.filter((row) => row.ativo !== 'N' && (allowed?.includes(textOf(row.id) ?? '') ?? true))
  const free = sold.filter((row) => !centsOf(row.valor_contrato)).map((row) => textOf(row.id) ?? '')
  const parts = free.length === 0 ? found<Fields[]>([]) : await partsOf(free, line)
  if (parts.outcome !== 'found') return parts
  return found(sold.map((row) => planOf(row, parts.data)))
}

const partsOf = (ids: readonly string[], line: ErpLine) =>
  readRows(line, {
    table: 'vd_contratos_produtos',
    where: {field: 'vd_contratos_produtos.id_vd_contrato', is: 'IN', value: ids.join(',')},
  })

function planOf(row: Fields, parts: readonly Fields[]): Plan {
  const id = textOf(row.id) ?? ''
  const own = parts.filter((part) => textOf(part.id_vd_contrato) === id)
  const sum = own.reduce((all, part) => all + (centsOf(part.valor_unit) ?? 0) * Number(textOf(part.qtde) ?? 1), 0)
  return {
    plan_id: id,
    name: said(row.nome) ?? '',
    description: said(row.descricao),
    price_cents: centsOf(row.valor_contrato) || Math.round(sum) || null,
    currency: 'BRL',
    download_mbps: null,
    upload_mbps: null,
  }
}
