import {fieldsOf, type Fields, textOf} from '../../base/read.ts'
import {DateTime} from 'luxon'
import {type Answer, type ErpLine, type ErpReply, found, type Token} from '../connector.ts'
import {
  badCredentials,
  badInput,
  type ErpFailure,
  failure,
  htmlAnswer,
  isFailure,
  noPermission,
  refusedBy,
  serverError,
} from '../errors.ts'
import {jsonOf, pick, said} from '../reading.ts'

export const LABEL = 'MK Solutions'

type Query = Readonly<Record<string, string | undefined>>
interface Options {
  /** False for what opens something. */
  safe?: boolean
  /** A special service, which a profile may lack. */
  mayLack?: true
}

/** Calls a `.rule` service. A session that ended is begun anew once. */
export async function ask(
  line: ErpLine,
  service: string,
  query: Query,
  options: Options = {},
): Promise<Answer<unknown>> {
  const token = await line.token(() => login(line))
  if (token.outcome !== 'found') return token
  const answer = await call(line, service, {...query, token: token.data}, options)
  if (!hasEnded(answer)) return answer
  const fresh = await line.token(() => login(line), token.data)
  return fresh.outcome === 'found' ? call(line, service, {...query, token: fresh.data}, options) : fresh
}

const hasEnded = (answer: Answer<unknown>) => answer.outcome === 'error' && answer.code === 'credentials'

async function call(
  line: ErpLine,
  service: string,
  query: Query,
  {safe = true, mayLack}: Options,
): Promise<Answer<unknown>> {
  const reply = await line.send({
    method: 'GET',
    path: `/mk/${service}.rule`,
    query: {sys: 'MK0', ...query},
    safe,
    mayLack,
  })
  return isFailure(reply) ? reply : answerOf(reply)
}

function answerOf(reply: ErpReply): Answer<unknown> {
  if (reply.status === 401 || reply.status === 403) return badCredentials(LABEL)
  const read = jsonOf(LABEL, {...reply, body: utf8(reply.body)})
  if (!('json' in read)) return read.code === 'html' || reply.status >= 500 ? pageFailure(reply) : read
  if (reply.status >= 500) return serverError(LABEL, reply.status)
  const json = repaired(read.json)
  const body = fieldsOf(json)
  return body.status === 'ERRO' ? refusal(body) : found(json)
}

/** A page of the servlet engine, which is also what a service answers that the profile may not use. */
const pageFailure = ({status}: ErpReply): ErpFailure =>
  status >= 500 ? serverError(LABEL, status) : htmlAnswer(LABEL, status)

function refusal(body: Fields): ErpFailure {
  const code = textOf(pick(body, 'Num. ERRO', 'codigo_erro', 'CODIGO_ERRO')) ?? ''
  const words = textOf(pick(body, 'Mensagem', 'mensagem')) ?? ''
  if (code === '001' || code === '999' || /token/i.test(words)) return badCredentials(LABEL)
  if (code === '002') return badInput(`${LABEL} does not take this form of document.`)
  if (code === '003') return failure('not_found', 'not_found', `${LABEL} found nothing.`)
  if (/permiss|autoriza/i.test(words)) return noPermission(LABEL, words)
  return refusedBy(LABEL, words)
}

/** The header says ISO-8859-1, and some servers mean it; what is not valid UTF-8 is read so. */
function utf8(body: Buffer): Buffer {
  const text = body.toString('utf8')
  return text.includes('\ufffd') ? Buffer.from(body.toString('latin1'), 'utf8') : body
}

/**
 * Mends accents that came as two characters, one for each of their UTF-8 bytes. What is not such a pair stays.
 */
function repaired(value: unknown): unknown {
  if (typeof value === 'string') return repairedText(value)
  if (Array.isArray(value)) return value.map(repaired)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, repaired(item)]))
}

function repairedText(text: string): string {
  if (!/[\u00c2-\u00f4][\u0080-\u00bf]/.test(text) || /[^\u0000-\u00ff]/.test(text)) return text
  const read = Buffer.from(text, 'latin1').toString('utf8')
  return read.includes('\ufffd') ? text : read
}

async function login(line: ErpLine): Promise<Answer<Token>> {
  const {apiKey, apiSecret, settings, timeZone} = line.connection
  const query = {sys: 'MK0', token: apiKey, password: apiSecret, cd_servico: settings.service_id ?? '9999'}
  const reply = await line.send({method: 'GET', path: '/mk/WSAutenticacao.rule', query, safe: true})
  if (isFailure(reply)) return reply
  const answer = answerOf(reply)
  if (answer.outcome !== 'found') return answer
  const body = fieldsOf(answer.data)
  const token = said(pick(body, 'Token', 'tokenRetornoAutenticacao', 'token_acesso'))
  if (token === null) return badCredentials(LABEL)
  const expires = DateTime.fromFormat(said(body.Expire) ?? '', 'dd/MM/yyyy HH:mm:ss', {zone: timeZone})
  return found({token, expiresAt: expires.isValid ? expires.toMillis() : null})
}
