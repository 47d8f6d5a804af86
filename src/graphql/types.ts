import {
  GraphQLBoolean,
  GraphQLEnumType,
  type GraphQLFieldConfigMap,
  GraphQLFloat,
  GraphQLID,
  type GraphQLInputFieldConfigMap,
  GraphQLInputObjectType,
  type GraphQLInputType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLScalarType,
  GraphQLString,
} from 'graphql'
import {z} from 'zod'
import type {RequestContext} from './context.ts'
import {DateTime, Json} from './scalars.ts'

export type Fields = GraphQLFieldConfigMap<Record<string, unknown>, RequestContext>
type Shape = Readonly<Record<string, z.core.$ZodType>>
type Def = z.core.$ZodTypes['_zod']['def']

/**
 * Makes types of GraphQL from the schemas that operations declare, so that what is written here and what the API
 * answers cannot drift apart. One schema is one type, however often it is met.
 */
export interface Types {
  /** An object as it is answered. `more` is resolved beside what the operation answers. */
  object(name: string, schema: z.ZodObject, more?: () => Fields): GraphQLObjectType
  /** Fields of what an operation takes, as arguments or as fields of an input object. */
  inputs(owner: string, shape: Shape): GraphQLInputFieldConfigMap
}

/** An enumeration of these words. */
export const enumOf = (name: string, values: readonly string[]) =>
  new GraphQLEnumType({name, values: Object.fromEntries(values.map((value) => [value, {value}]))})

export function createTypes(): Types {
  const objects = new Map<z.core.$ZodType, GraphQLObjectType>()
  const inputObjects = new Map<z.core.$ZodType, GraphQLInputObjectType>()
  const enums = new Map<string, GraphQLEnumType>()

  /** The same words are the same type, in what is given and in what is answered. */
  const words = (name: string, values: readonly string[]) => {
    if (!values.every((value) => /^[A-Za-z_]\w*$/.test(value))) return GraphQLString
    const key = values.join(' ')
    const known = enums.get(key)
    if (known) return known
    const made = enumOf(name, values)
    enums.set(key, made)
    return made
  }
  const object = (name: string, schema: z.core.$ZodType, more?: () => Fields) => {
    const known = objects.get(schema)
    if (known) return known
    const shape = (schema as z.ZodObject).shape
    const made = new GraphQLObjectType({
      name,
      fields: () => ({
        ...Object.fromEntries(
          Object.entries(shape).map(([field, one]) => [field, {type: output(`${name}${pascal(field)}`, one)}]),
        ),
        ...more?.(),
      }),
    })
    objects.set(schema, made)
    return made
  }
  const output = (name: string, schema: z.core.$ZodType): GraphQLOutputType => {
    const {schema: inner, isOptional} = unwrap(schema)
    const type = bare(name, inner)
    return isOptional ? type : new GraphQLNonNull(type)
  }
  const bare = (name: string, schema: z.core.$ZodType) => {
    const def = defOf(schema)
    if (def.type === 'object') return object(name, schema)
    if (def.type === 'array') return new GraphQLList(output(name, def.element))
    if (def.type === 'enum') return words(name, Object.values(def.entries).map(String))
    // Whole or not is not declared everywhere, and what is whole may have more than 32 bits.
    return def.type === 'number' ? GraphQLFloat : scalarOf(def)
  }
  const input = (name: string, schema: z.core.$ZodType): GraphQLInputType => {
    const def = defOf(schema)
    if (def.type === 'array') return new GraphQLList(new GraphQLNonNull(input(name, unwrap(def.element).schema)))
    if (def.type === 'enum') return words(name, Object.values(def.entries).map(String))
    if (def.type === 'union') return input(name, plainest(def.options))
    if (def.type === 'pipe') return input(name, defOf(def.out).type === 'transform' ? def.in : def.out)
    if (def.type === 'object') return inputObject(name, schema)
    if (def.type === 'number') return (schema as z.ZodNumber).isInt ? GraphQLInt : GraphQLFloat
    return scalarOf(def)
  }
  const inputObject = (name: string, schema: z.core.$ZodType) => {
    const known = inputObjects.get(schema)
    const {shape} = schema as z.ZodObject
    const made = known ?? new GraphQLInputObjectType({name: `${name}Input`, fields: () => inputs(name, shape)})
    inputObjects.set(schema, made)
    return made
  }
  const inputs = (owner: string, shape: Shape): GraphQLInputFieldConfigMap =>
    Object.fromEntries(
      Object.entries(shape).map(([field, schema]) => {
        const {schema: inner, isOptional} = unwrap(schema)
        const type = input(`${owner}${pascal(field)}`, inner)
        return [field, {type: isOptional ? type : new GraphQLNonNull(type)}]
      }),
    )
  return {object, inputs}
}

const defOf = (schema: z.core.$ZodType): Def => (schema as z.core.$ZodTypes)._zod.def

/** What is inside, and whether it may be missing or null. */
function unwrap(schema: z.core.$ZodType): {schema: z.core.$ZodType; isOptional: boolean} {
  const def = defOf(schema)
  if (def.type === 'null' || def.type === 'unknown' || def.type === 'any') return {schema, isOptional: true}
  if (def.type !== 'optional' && def.type !== 'nullable' && def.type !== 'default') return {schema, isOptional: false}
  return {schema: unwrap(def.innerType).schema, isOptional: true}
}

/** Of a value that may be written in several ways, as in a query string, the one that is typed. */
function plainest(options: readonly z.core.$ZodType[]): z.core.$ZodType {
  const typed = options.find((option) => ['boolean', 'array'].includes(defOf(option).type))
  return typed ?? z.unknown()
}

/** What is no list and no plain value is JSON, which the operation checks. */
function scalarOf(def: Def): GraphQLScalarType {
  if (def.type === 'boolean') return GraphQLBoolean
  if (def.type === 'null') return GraphQLString
  if (def.type !== 'string') return Json
  const format = 'format' in def ? def.format : undefined
  if (format === 'uuid') return GraphQLID
  return format === 'datetime' ? DateTime : GraphQLString
}

export const pascal = (name: string): string =>
  name
    .split('_')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')
