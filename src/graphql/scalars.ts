import {GraphQLScalarType, valueFromASTUntyped} from 'graphql'

/** Times are text in every answer; the scalar says which kind of text. */
export const DateTime = new GraphQLScalarType<string, string>({
  name: 'DateTime',
  description: 'A time in UTC, ISO 8601 with milliseconds.',
  specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time.html',
})

/** What has no fixed shape. What is written in its place is checked by the operation that gets it. */
export const Json = new GraphQLScalarType({
  name: 'JSON',
  description: 'Any JSON value.',
  parseValue: (value) => value,
  parseLiteral: (node, variables) => valueFromASTUntyped(node, variables),
})
