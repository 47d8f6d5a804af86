import {execute, type ExecutionResult, type GraphQLFormattedError, type GraphQLSchema, OperationTypeNode} from 'graphql'
import type {Caller} from '../operations/invoke.ts'
import type {Runtime} from '../runtime/runtime.ts'
import {needsSocket, type RequestContext} from './context.ts'
import {formatError, isInternal} from './errors.ts'
import {createLoaders} from './loaders.ts'
import {type Preparation, prepare, type Prepared} from './prepare.ts'
import {createSchema} from './schema.ts'

/** GraphQL over the operations: what HTTP and the WebSocket both call. */
export interface GraphqlService {
  schema: GraphQLSchema
  prepare(body: unknown): Preparation
  context(caller: Caller, more?: Pick<RequestContext, 'follow'>): RequestContext
  run(prepared: Prepared, request: {context: RequestContext; requestId: string}): Promise<Answer>
  format(result: ExecutionResult, requestId: string): Answer
}

export interface Answer {
  data?: unknown
  errors?: GraphQLFormattedError[]
}

/** `isOpen`: callers may ask what the schema holds. */
export function createService(runtime: Runtime, {isOpen}: {isOpen: boolean}): GraphqlService {
  const schema = createSchema()
  const format = ({data, errors}: ExecutionResult, requestId: string): Answer => {
    for (const error of errors ?? []) {
      if (isInternal(error))
        runtime.log.error({err: error.originalError ?? error, request_id: requestId}, 'query failed')
    }
    return {
      ...(errors ? {errors: errors.map((error) => formatError(error, requestId))} : {}),
      ...(data === undefined ? {} : {data}),
    }
  }
  return {
    schema,
    format,
    prepare: (body) => prepare(body, {schema, isOpen}),
    context: (caller, more = {}) => ({runtime, caller, loaders: createLoaders(runtime, caller), ...more}),
    async run({document, operation, operationName, variables}, {context, requestId}) {
      if (operation.operation === OperationTypeNode.SUBSCRIPTION) throw needsSocket()
      const result = await execute({
        schema,
        document,
        operationName,
        variableValues: variables,
        contextValue: context,
      })
      return format(result, requestId)
    },
  }
}
