import {fieldsOf, type Fields, itemsOf, textOf} from '../../base/read.ts'
import {type Answer, type ErpLine, type ErpReply, type ErpRequest, found} from '../connector.ts'
import {badCredentials, type ErpFailure, isFailure, noPermission, refusedBy, serverError} from '../errors.ts'
import {jsonOf} from '../reading.ts'

export const LABEL = 'IXC Soft'
const MOST_ROWS = 1000

/** One condition of IXC's own query language: `table.field`, operator, value. */
export interface Condition {
  field: string
  is: '=' | '!=' | '>' | '>=' | 'IN'
  value: string
}

export interface Query {
  table: string
  where: Condition
  and?: readonly Condition[]
  sort?: string
  /** Pages of 1,000 are read until this many rows are there. */
  most?: number
}

/** Reads rows of a table, page by page. Without the header a POST would be an insert. */
export async function readRows(line: ErpLine, query: Query): Promise<Answer<Fields[]>> {
  const rows: Fields[] = []
  const most = query.most ?? 5 * MOST_ROWS
  for (let page = 1; rows.length < most; page++) {
    const answer = await ask(line, {...readRequest(query, page, Math.min(most, MOST_ROWS)), safe: true})
    if (answer.outcome !== 'found') return answer
    const body = fieldsOf(answer.data)
    // Without a match the list is often left out.
    const found = itemsOf(body.registros).map(fieldsOf)
    rows.push(...found)
    if (found.length === 0 || rows.length >= Number(textOf(body.total) ?? 0)) break
  }
  return found(rows)
}

function readRequest({table, where, and = [], sort}: Query, page: number, size: number) {
  const grid = and.map(({field, is, value}) => ({TB: field, OP: is, P: value}))
  const [column, order] = (sort ?? `${table}.id asc`).split(' ')
  return {
    method: 'POST' as const,
    path: `/webservice/v1/${table}`,
    headers: {ixcsoft: 'listar'},
    json: {
      ...{qtype: where.field, query: where.value, oper: where.is},
      ...{page: String(page), rp: String(size), sortname: column, sortorder: order},
      ...(grid.length > 0 ? {grid_param: JSON.stringify(grid)} : {}),
    },
  }
}

/** A call whose answer is JSON. */
export async function ask(line: ErpLine, request: ErpRequest): Promise<Answer<unknown>> {
  const reply = await askRaw(line, request)
  if (isFailure(reply)) return reply
  const read = jsonOf(LABEL, reply)
  if (!('json' in read)) return read
  const body = fieldsOf(read.json)
  return body.type === 'error' ? refusal(textOf(body.message) ?? '') : found(read.json)
}

/** The same where the answer may be something else, such as a PDF. */
export async function askRaw(line: ErpLine, request: ErpRequest): Promise<ErpReply | ErpFailure> {
  const reply = await line.send({
    ...request,
    headers: {authorization: `Basic ${basic(line.connection.apiKey ?? '')}`, ...request.headers},
  })
  if (isFailure(reply) || reply.status < 400) return reply
  if (reply.status === 401 || reply.status === 403) return badCredentials(LABEL)
  if (reply.status >= 500) return serverError(LABEL, reply.status)
  // A refusal in words may come with 4xx as well; what cannot be read is told by its status.
  const read = jsonOf(LABEL, reply)
  return 'json' in read ? reply : read
}

/** People store the token as the ERP shows it (`id:hex`), or encoded already. */
const basic = (token: string) => (token.includes(':') ? Buffer.from(token).toString('base64') : token)

function refusal(words: string): ErpFailure {
  const plain = words.normalize('NFD').replace(/\p{M}/gu, '')
  if (/IP nao liberado|Recurso nao disponivel/i.test(plain)) return noPermission(LABEL, words.replace(/<[^>]*>/g, ' '))
  return refusedBy(LABEL, words)
}
