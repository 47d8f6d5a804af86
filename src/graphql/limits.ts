import {
  type DocumentNode,
  type FieldNode,
  getNamedType,
  type GraphQLCompositeType,
  GraphQLError,
  type GraphQLSchema,
  isCompositeType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'

/** What one request may ask for. All of it is known before anything is done. */
export const limits = {
  /** Characters of the query; values belong into variables. */
  text: 32_768,
  tokens: 4000,
  /** Fields within fields. */
  depth: 12,
  /** Fields in all, fragments written out. */
  fields: 500,
  /** Fields under another name, by which one query asks for the same thing many times. */
  aliases: 50,
  cost: 5000,
} as const

/** Each field of Query, Mutation and Subscription is a call of its own; a row costs one. */
const CALL_COST = 100
const MOST_FIRST = 1000

type Variables = Readonly<Record<string, unknown>>

const tooMuch = (name: keyof typeof limits, found: number, what: string) =>
  new GraphQLError(`The query has ${what} ${found}; the limit is ${limits[name]} (${name}).`)

interface Shape {
  depth: number
  fields: number
  aliases: number
}

const nothing: Shape = {depth: 0, fields: 0, aliases: 0}

/**
 * Refuses by what can be counted in the text, before anything else looks at it: validation itself is dear for queries that
 * are made to be. Every fragment is counted once, however often it is used.
 */
export function refuseShape(document: DocumentNode): void {
  const fragments = fragmentsOf(document)
  const known = new Map<string, Shape>()
  const inside = new Set<string>()

  const ofFragment = (name: string): Shape => {
    const counted = known.get(name)
    if (counted) return counted
    if (inside.has(name)) throw new GraphQLError(`The fragment ${name} is part of itself.`)
    inside.add(name)
    const shape = ofSet(fragments.get(name))
    inside.delete(name)
    known.set(name, shape)
    return shape
  }
  const ofField = (field: FieldNode): Shape => {
    const below = ofSet(field.selectionSet)
    return {
      // The library has a limit of its own for how deep the schema may be asked about.
      depth: field.name.value.startsWith('__') ? 0 : below.depth + 1,
      fields: below.fields + 1,
      aliases: below.aliases + (field.alias ? 1 : 0),
    }
  }
  const ofSet = (set: SelectionSetNode | undefined): Shape =>
    set ? set.selections.map(of).reduce(add, nothing) : nothing
  const of = (node: SelectionNode): Shape => {
    if (node.kind === Kind.FIELD) return ofField(node)
    return node.kind === Kind.INLINE_FRAGMENT ? ofSet(node.selectionSet) : ofFragment(node.name.value)
  }

  for (const definition of document.definitions) {
    // Fragments that nobody uses are validated too, so they are counted too.
    if (!('selectionSet' in definition)) continue
    const {depth, fields, aliases} = ofSet(definition.selectionSet)
    const isRoot = definition.kind === Kind.OPERATION_DEFINITION
    if (isRoot && depth > limits.depth) throw tooMuch('depth', depth, 'a depth of')
    if (fields > limits.fields) throw tooMuch('fields', fields, 'fields:')
    if (aliases > limits.aliases) throw tooMuch('aliases', aliases, 'aliases:')
  }
}

const add = (a: Shape, b: Shape): Shape => ({
  depth: Math.max(a.depth, b.depth),
  fields: a.fields + b.fields,
  aliases: a.aliases + b.aliases,
})

interface Costed {
  schema: GraphQLSchema
  document: DocumentNode
  operation: OperationDefinitionNode
  variables: Variables
}

/** What a valid operation costs at most. Throws when that is more than a request may. */
export function costOf({schema, document, operation, variables}: Costed): number {
  const fragments = fragmentsOf(document)
  const known = new Map<string, number>()
  const root = schema.getRootType(operation.operation)

  const ofFragment = (name: string, parent: GraphQLCompositeType): number => {
    const cost = known.get(name) ?? ofSet(fragments.get(name), parent)
    known.set(name, cost)
    return cost
  }
  const ofField = (node: FieldNode, parent: GraphQLCompositeType): number => {
    const field = isObjectType(parent) ? parent.getFields()[node.name.value] : undefined
    if (!field) return 0
    const call = parent === root ? CALL_COST : 0
    const type = getNamedType(field.type)
    if (!isCompositeType(type)) return call
    const below = (type.extensions.isFrame ? 0 : 1) + ofSet(node.selectionSet, type)
    const pages = field.args.find(({name}) => name === 'first')
    return call + (pages ? firstOf(node, variables, pages.defaultValue) * Math.max(1, below) : below)
  }
  const ofSet = (set: SelectionSetNode | undefined, parent: GraphQLCompositeType): number =>
    (set?.selections ?? []).reduce((sum, node) => sum + of(node, parent), 0)
  const of = (node: SelectionNode, parent: GraphQLCompositeType): number => {
    if (node.kind === Kind.FIELD) return ofField(node, parent)
    return node.kind === Kind.INLINE_FRAGMENT ? ofSet(node.selectionSet, parent) : ofFragment(node.name.value, parent)
  }

  const cost = root ? ofSet(operation.selectionSet, root) : 0
  if (cost > limits.cost) throw tooMuch('cost', cost, 'a cost of up to')
  return cost
}

/** How many rows a field may bring. What is no number is refused elsewhere. */
function firstOf(node: FieldNode, variables: Variables, fallback: unknown): number {
  const given = (argument: 'first' | 'last') => {
    const value = node.arguments?.find(({name}) => name.value === argument)?.value
    if (value?.kind === Kind.VARIABLE) return variables[value.name.value]
    return value?.kind === Kind.INT ? Number(value.value) : undefined
  }
  const first = given('last') ?? given('first') ?? fallback
  return typeof first === 'number' ? Math.min(MOST_FIRST, Math.max(1, first)) : MOST_FIRST
}

const fragmentsOf = ({definitions}: DocumentNode): Map<string, SelectionSetNode> =>
  new Map(
    definitions.flatMap((one) => (one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one.selectionSet]] : [])),
  )
