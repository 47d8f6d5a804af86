import {fieldsOf, type Fields, textOf} from '../../base/read.ts'
import {type Answer, type ErpLine, found} from '../connector.ts'
import {badCredentials, isFailure, refusedBy, serverError} from '../errors.ts'
import {jsonOf} from '../reading.ts'

export const LABEL = 'SGP'

interface Options {
  /** False for what opens something. */
  safe?: boolean
}

/** Calls the API. Token and application travel in the body of every request, never in the address. */
export async function ask(
  line: ErpLine,
  path: string,
  fields: Readonly<Record<string, string | undefined>> = {},
  {safe = true}: Options = {},
): Promise<Answer<Fields>> {
  const {apiKey, credentials} = line.connection
  const form = {token: apiKey, app: credentials.app, ...fields}
  // Some servers insist on the slash at the end.
  const reply = await line.send({method: 'POST', path: `/api/${path}/`, form, safe})
  if (isFailure(reply)) return reply
  if (reply.status === 401 || reply.status === 403) return badCredentials(LABEL)
  const read = jsonOf(LABEL, reply)
  if (!('json' in read)) return read
  if (reply.status >= 500) return serverError(LABEL, reply.status)
  // One answer may come as a list of one.
  const body = fieldsOf(Array.isArray(read.json) ? (read.json as unknown[])[0] : read.json)
  if (reply.status >= 400) return refusedBy(LABEL, textOf(body.msg) ?? textOf(body.detail) ?? '')
  return found(body)
}

/** `41-601`: SGP knows customers by one number and asks for contracts by another. */
export interface CustomerKey {
  customer: string
  contract: string | undefined
}

export function keyOf(customerId: string): CustomerKey | undefined {
  const [, customer, contract] = /^(\d+)(?:-(\d+))?$/.exec(customerId) ?? []
  return customer === undefined ? undefined : {customer, contract}
}

export const NEEDS_CONTRACT = 'SGP asks by contract: give the id as `pytake erp customer` shows it, CUSTOMER-CONTRACT.'
