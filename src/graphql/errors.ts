import {GraphQLError, type GraphQLFormattedError} from 'graphql'
import {errorBody, PytakeError} from '../base/errors.ts'

/** An error as GraphQL has it: the envelope of the API in its extensions, nothing of our inside. */
export function formatError(error: GraphQLError, requestId: string): GraphQLFormattedError {
  const {message, ...extensions} = errorBody(asPytakeError(error), requestId).error
  const {locations, path} = error
  return {message, ...(locations ? {locations} : {}), ...(path ? {path} : {}), extensions}
}

/** A refusal of the whole request. */
export const refusal = (error: PytakeError, requestId: string): {errors: GraphQLFormattedError[]} => ({
  errors: [formatError(new GraphQLError(error.message, {originalError: error}), requestId)],
})

/** Is it our own fault? Then the caller learns that, and the log learns what. */
export const isInternal = (error: GraphQLError): boolean =>
  asPytakeError(error).code === 'INTERNAL' && !(error.originalError instanceof PytakeError)

function asPytakeError(error: GraphQLError): PytakeError {
  const {originalError: cause, message} = error
  if (cause instanceof PytakeError) return cause
  // Without a path it was thrown before anything was done, so it is about the query; later only what has a place in it is.
  const isAboutQuery = error.path === undefined || (cause instanceof GraphQLError && cause.nodes !== undefined)
  if (isAboutQuery) return new PytakeError(isSyntax(error) ? 'BAD_REQUEST' : 'VALIDATION_ERROR', message)
  return new PytakeError('INTERNAL', 'Something went wrong inside. The log has the details.', {cause})
}

const isSyntax = ({extensions}: GraphQLError): boolean => extensions.isSyntax === true
