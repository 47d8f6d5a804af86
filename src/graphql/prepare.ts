import {
  type DocumentNode,
  getOperationAST,
  GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
} from 'graphql'
import {z} from 'zod'
import {PytakeError} from '../base/errors.ts'
import {parseInput} from '../operations/input.ts'
import {costOf, limits, refuseShape} from './limits.ts'

const MOST_ERRORS = 10
/** So much of the cost is one request to the rate limit. */
const COST_OF_A_REQUEST = 100

const Request = z.strictObject({
  query: z.string().max(limits.text, `has more than ${limits.text} characters (text): put values into variables`),
  operationName: z.string().max(255).nullish(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  extensions: z.unknown().optional(),
})

/** A request that may be carried out. */
export interface Prepared {
  document: DocumentNode
  operation: OperationDefinitionNode
  operationName: string | undefined
  variables: Record<string, unknown>
  /** How many requests it is to the rate limit. */
  requests: number
}

export type Preparation = Prepared | {errors: readonly GraphQLError[]}

export interface PrepareOptions {
  schema: GraphQLSchema
  /** May the caller ask what there is? */
  isOpen: boolean
}

/**
 * Reads a request, and refuses what is no valid query or asks for more than a request may, before anything is done.
 * Throws `BAD_REQUEST` or `VALIDATION_ERROR` for what is no request of GraphQL.
 */
export function prepare(body: unknown, {schema, isOpen}: PrepareOptions): Preparation {
  if (Array.isArray(body)) {
    throw new PytakeError('BAD_REQUEST', 'One request at a time: a list of them is not taken.', {
      help: 'Ask for several things in one query.',
    })
  }
  const {query, operationName, variables} = parseInput(Request, body)
  try {
    const document = read(query)
    refuseShape(document)
    const rules = isOpen ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule]
    const errors = validate(schema, document, rules, {maxErrors: MOST_ERRORS})
    if (errors.length > 0) return {errors}
    const operation = getOperationAST(document, operationName)
    if (!operation) return {errors: [new GraphQLError(noOperation(operationName))]}
    const given = variables ?? {}
    const cost = costOf({schema, document, operation, variables: given})
    return {
      document,
      operation,
      operationName: operationName ?? undefined,
      variables: given,
      requests: Math.max(1, Math.ceil(cost / COST_OF_A_REQUEST)),
    }
  } catch (error) {
    if (error instanceof GraphQLError) return {errors: [error]}
    throw error
  }
}

function read(query: string): DocumentNode {
  try {
    return parse(query, {maxTokens: limits.tokens})
  } catch (error) {
    const message = error instanceof GraphQLError ? error.message : 'The query is nested too deep.'
    const about = error instanceof GraphQLError ? {source: error.source, positions: error.positions} : {}
    throw new GraphQLError(message, {...about, extensions: {isSyntax: true}})
  }
}

const noOperation = (name: string | null | undefined): string =>
  name
    ? `The query has no operation "${name}".`
    : 'The query has several operations, or none: operationName says which.'
