import {STATUS_CODES} from 'node:http'
import {type Answer, json} from '../exchange.ts'

/** A refusal with the server's status and its `response.message`. */
export class EvolutionError extends Error {
  readonly status: number
  readonly said: unknown

  constructor(status: number, said: unknown) {
    super(typeof said === 'string' ? said : JSON.stringify(said))
    this.status = status
    this.said = said
  }
}

/** What a validator of JSON schemas says: a list inside the list. */
export const schemaError = (...problems: string[]) => new EvolutionError(400, [problems])

export const requires = (property: string) => schemaError(`instance requires property "${property}"`)

export function errorAnswer(status: number, said: unknown): Answer {
  return json(status, {status, error: STATUS_CODES[status] ?? 'Error', response: {message: said}})
}

/** The answer a fault asked for; a Graph code has no meaning here and becomes a 400. */
export function faultAnswer(status: number): Answer {
  if (status >= 600) return errorAnswer(400, [`Error: ${status}`])
  return errorAnswer(
    status,
    status === 401 ? 'Unauthorized' : [status >= 500 ? 'Internal Server Error' : 'Error: Timed Out'],
  )
}
