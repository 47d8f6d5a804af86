import {
  type GraphQLFieldConfig,
  GraphQLBoolean,
  GraphQLFloat,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLString,
} from 'graphql'
import {z} from 'zod'
import {invalid} from '../base/errors.ts'
import {invoke} from '../operations/invoke.ts'
import {type Page} from '../operations/list.ts'
import {cursorOf, turnedCursor} from '../operations/page.ts'
import type {ServedOperation} from '../operations/operation.ts'
import type {RequestContext} from './context.ts'
import {withoutNulls} from './inputs.ts'
import type {Newest} from './loaders.ts'
import type {InputFields} from './input-types.ts'
import {enumOf} from './zod-parts.ts'

type Row = {id: string} & Record<string, unknown>
type Field<S> = GraphQLFieldConfig<S, RequestContext>

export const DEFAULT_FIRST = 20
/** Of rows that come with other rows; there is a list of their own for more. */
export const MOST_NESTED = 100

interface Connected<T> {
  edges: {node: T; cursor: string}[]
  pageInfo: {
    hasNextPage: boolean
    hasPreviousPage: boolean
    startCursor: string | null
    endCursor: string | null
  }
  totalCount: number | null
}

const Order = enumOf('Order', ['asc', 'desc'])

const PageInfo = new GraphQLObjectType({
  name: 'PageInfo',
  extensions: {isFrame: true},
  fields: {
    hasNextPage: {type: new GraphQLNonNull(GraphQLBoolean)},
    hasPreviousPage: {type: new GraphQLNonNull(GraphQLBoolean)},
    startCursor: {type: GraphQLString},
    endCursor: {type: GraphQLString},
  },
})

/** A page of rows, each with the cursor that the list goes on from. */
export function connectionType(node: GraphQLObjectType): GraphQLObjectType {
  const edge = new GraphQLObjectType({
    name: `${node.name}Edge`,
    extensions: {isFrame: true},
    fields: {
      node: {type: new GraphQLNonNull(node)},
      cursor: {type: new GraphQLNonNull(GraphQLString)},
    },
  })
  return new GraphQLObjectType({
    name: `${node.name}Connection`,
    extensions: {isFrame: true},
    fields: {
      edges: {type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(edge)))},
      pageInfo: {type: new GraphQLNonNull(PageInfo)},
      totalCount: {type: GraphQLFloat, description: 'Null when it was not counted, or when there are over 10,000.'},
    },
  })
}

/** What of a list's input has another name here, or none. */
const pageFields = new Set(['page', 'limit', 'after', 'count', 'expand', 'sort', 'order', 'messages', 'releases'])

/** A list operation as a connection: its filters are the arguments; `first` and `after` its pages, or `last` and `before`. */
export function listField(
  inputs: InputFields,
  {node, type, operation}: {node: GraphQLObjectType; type: GraphQLObjectType; operation: ServedOperation},
): Field<unknown> {
  const {shape} = operation.input as z.ZodObject
  const sorts = sortsOf(shape)
  // A row's cursor is made of what the row shows.
  const sortable = sorts.filter((name) => Object.hasOwn(node.getFields(), name))
  const filters = Object.fromEntries(Object.entries(shape).filter(([name]) => !pageFields.has(name)))
  return {
    type: new GraphQLNonNull(type),
    description: operation.summary,
    args: {
      first: {type: GraphQLInt, defaultValue: DEFAULT_FIRST},
      after: {type: GraphQLString},
      last: {type: GraphQLInt, description: 'The page before `before`, or the last one, in place of `first`.'},
      before: {type: GraphQLString},
      sort: {type: enumOf(`${node.name}Sort`, sortable)},
      order: {type: Order},
      ...inputs(node.name, filters),
    },
    async resolve(_source, args: Record<string, unknown>, {runtime, caller}) {
      const {first, last, before, ...given} = withoutNulls(operation.input as z.ZodObject, args) as Paging
      const {after, order = 'desc'} = given
      if (last === undefined && before !== undefined) throw invalid('before', 'goes with last')
      if (last !== undefined && after !== undefined) throw invalid('after', 'goes with first')
      // Backwards is the same list in the other order, read from the same place.
      const turned = order === 'asc' ? 'desc' : 'asc'
      const place = before === undefined ? {} : {after: turnedCursor(before, turned)}
      const page = last === undefined ? {limit: first ?? DEFAULT_FIRST} : {limit: last, order: turned, ...place}
      const answer = (await invoke(runtime, operation, {...given, ...page}, caller)) as {data: Row[]; page: Page}
      const {has_more: hasMore, total} = answer.page
      const cursor = (row: Row) => cursorOf({sort: given.sort ?? sorts[0] ?? 'id', order}, row)
      return last === undefined
        ? connected(answer.data, {cursor, hasMore, hasBefore: after !== undefined, total})
        : connected(answer.data.toReversed(), {cursor, hasMore: before !== undefined, hasBefore: hasMore, total})
    },
  }
}

interface Paging {
  first?: number
  after?: string
  last?: number
  before?: string
  sort?: string
  order?: 'asc' | 'desc'
}

function sortsOf(shape: Readonly<Record<string, z.core.$ZodType>>): string[] {
  const {sort} = shape
  const inner = sort instanceof z.ZodDefault ? sort.unwrap() : sort
  return inner instanceof z.ZodEnum ? inner.options.map(String) : []
}

/** The newest rows that belong to another row, fetched together with those of all its siblings. */
export function newestField(
  description: string,
  type: GraphQLOutputType,
  load: (context: RequestContext, wanted: Newest) => Promise<unknown>,
): Field<Record<string, unknown>> {
  return {
    type: new GraphQLNonNull(type),
    description: `${description}, at most ${MOST_NESTED}.`,
    args: {first: {type: GraphQLInt, defaultValue: DEFAULT_FIRST}},
    resolve({id}, {first}: {first?: number | null}, context) {
      const count = first ?? DEFAULT_FIRST
      if (count < 1 || count > MOST_NESTED) throw invalid('first', `must be from 1 to ${MOST_NESTED}`)
      return load(context, {id: String(id), count})
    },
  }
}

export function connected<T>(rows: readonly T[], {cursor, hasMore, hasBefore = false, total}: Around<T>): Connected<T> {
  const edges = rows.map((node) => ({node, cursor: cursor(node)}))
  const [startCursor = null, endCursor = null] = [edges[0]?.cursor, edges.at(-1)?.cursor]
  return {
    edges,
    pageInfo: {hasNextPage: hasMore, hasPreviousPage: hasBefore, startCursor, endCursor},
    totalCount: total,
  }
}

/** What is known of a page besides its rows. */
interface Around<T> {
  cursor: (row: T) => string
  hasMore: boolean
  /** There are, or may be, rows before. */
  hasBefore?: boolean
  total: number | null
}
