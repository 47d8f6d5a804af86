import {z} from 'zod'
import {isRecord} from '../base/json.ts'
import {FlowHead} from './definition.ts'
import {EdgeSource} from './edges.ts'
import {descriptions} from './json-schema-descriptions.ts'
import {NodeHead} from './node-list.ts'
import {nodeTypes} from './registry.ts'
import {triggerSchemas} from './trigger.ts'

type Schema = Record<string, unknown>

/** Changes with the meaning of the file, never with a release. */
const ID = 'urn:pytake:flow:1'

/**
 * The JSON Schema of a flow file, made of the very schemas that validate it. Draft 7 because that is what editors check with:
 * the YAML language server, behind most of them, knows no later draft.
 */
export function flowJsonSchema(): Schema {
  const node = z.discriminatedUnion(
    'type',
    Object.entries(nodeTypes).map(([type, {schema}]) =>
      NodeHead.extend({
        type: z.literal(type),
        data: schema.safeParse({}).success ? schema.optional() : schema,
      }),
    ) as unknown as [z.ZodObject<{type: z.ZodLiteral<string>}>],
  )
  const trigger = z.union([
    z.string().regex(/^(message_received|keyword|schedule|none)(\||$)/),
    ...Object.values(triggerSchemas),
  ])
  const flow = FlowHead.extend({
    trigger: trigger.optional(),
    nodes: z.array(node).min(1),
    edges: z.array(EdgeSource).optional(),
  })
  const {$schema: dialect, ...schema} = z.toJSONSchema(flow, {target: 'draft-07', io: 'input'}) as Schema
  const properties = schema.properties as Record<string, Schema>
  const nodes = properties.nodes as Schema
  nodes.items = byType(nodes.items as {oneOf: Schema[]})
  explain(properties, 'flow')
  for (const [type, data] of Object.entries(dataSchemas(nodes.items as Schema))) explain(propertiesOf(data), type)
  explain(propertiesOf(nodes.items), 'node')
  explain(propertiesOf((properties.edges as Schema).items), 'edge')
  for (const one of (properties.trigger as {anyOf: Schema[]}).anyOf) explain(propertiesOf(one), 'trigger')
  return {
    $schema: dialect,
    $id: ID,
    title: 'Flow of PyTake',
    description: 'One conversation: what starts it, what it says, and how it goes on.',
    ...(withVariables(schema) as Schema),
  }
}

const propertiesOf = (schema: unknown): Record<string, Schema> =>
  isRecord(schema) && isRecord(schema.properties) ? (schema.properties as Record<string, Schema>) : {}

/** One object whose `data` depends on its `type`: editors then tell what is wrong instead of "matches none of nine". */
function byType({oneOf}: {oneOf: Schema[]}): Schema {
  const [first] = oneOf
  const types = oneOf.map((one) => propertiesOf(one).type?.const)
  return {
    type: 'object',
    required: ['id', 'type'],
    additionalProperties: false,
    properties: {...propertiesOf(first), type: {enum: types}, data: {}},
    allOf: oneOf.map((one, index) => ({
      if: {properties: {type: {const: types[index]}}, required: ['type']},
      then: {
        properties: {data: propertiesOf(one).data},
        ...((one.required as string[]).includes('data') ? {required: ['data']} : {}),
      },
    })),
  }
}

const dataSchemas = ({allOf}: Schema): Record<string, unknown> =>
  Object.fromEntries(
    (allOf as {if: {properties: {type: {const: string}}}; then: {properties: {data: unknown}}}[]).map(
      ({if: {properties}, then}) => [properties.type.const, then.properties.data],
    ),
  )

/** Gives every field the sentence that an editor shows for it. */
function explain(properties: Record<string, Schema>, place: string): void {
  for (const [name, schema] of Object.entries(properties)) {
    const description = descriptions[`${place}.${name}`]
    if (description !== undefined) properties[name] = {description, ...schema}
  }
}

const variable = {type: 'string', pattern: '\\$\\{var\\.'}

/** Names of fields are never filled in, and a condition is about what is written. */
const kept = new Set(['if', 'propertyNames'])

/** What is no free text may also be filled in at apply. */
function withVariables(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withVariables)
  if (!isRecord(schema)) return schema
  const closed =
    ['integer', 'number', 'boolean'].includes(String(schema.type)) ||
    Array.isArray(schema.enum) ||
    typeof schema.pattern === 'string'
  if (closed) {
    const {description, ...own} = schema
    return {...(description === undefined ? {} : {description}), anyOf: [own, variable]}
  }
  return Object.fromEntries(
    Object.entries(schema).map(([key, item]) => [key, kept.has(key) ? item : withVariables(item)]),
  )
}
