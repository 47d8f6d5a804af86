import {GraphQLBoolean, GraphQLEnumType, GraphQLID, type GraphQLScalarType, GraphQLString} from 'graphql'
import {z} from 'zod'
import {DateTime, Json} from './scalars.ts'

/** What makes types of schemas shares: how a schema is read, and which enumerations there are already. */

export type Shape = Readonly<Record<string, z.core.$ZodType>>
type Def = z.core.$ZodTypes['_zod']['def']

/** An enumeration of these words. */
export const enumOf = (name: string, values: readonly string[]) =>
  new GraphQLEnumType({name, values: Object.fromEntries(values.map((value) => [value, {value}]))})

/** The enumeration for some words: the same words are the same type, in what is given and in what is answered. */
export type Words = (
  name: string,
  entries: Readonly<Record<string, string | number>>,
) => GraphQLEnumType | GraphQLScalarType

export function createWords(): Words {
  const enums = new Map<string, GraphQLEnumType>()
  return (name, entries) => {
    const values = Object.values(entries).map(String)
    if (!values.every((value) => /^[A-Za-z_]\w*$/.test(value))) return GraphQLString
    const key = values.join(' ')
    const made = enums.get(key) ?? enumOf(name, values)
    enums.set(key, made)
    return made
  }
}

export const defOf = (schema: z.core.$ZodType): Def => (schema as z.core.$ZodTypes)._zod.def

/** What is inside, and whether it may be missing or null. */
export function unwrap(schema: z.core.$ZodType): {schema: z.core.$ZodType; isOptional: boolean} {
  const def = defOf(schema)
  if (def.type === 'null' || def.type === 'unknown' || def.type === 'any') return {schema, isOptional: true}
  if (def.type !== 'optional' && def.type !== 'nullable' && def.type !== 'default') return {schema, isOptional: false}
  return {schema: unwrap(def.innerType).schema, isOptional: true}
}

/** Of a value that may be written in several ways, as in a query string, the one that is typed. */
export function plainest(options: readonly z.core.$ZodType[]): z.core.$ZodType {
  const typed = options.find((option) => ['boolean', 'array'].includes(defOf(option).type))
  return typed ?? z.unknown()
}

/** What is no list and no plain value is JSON, which the operation checks. */
export function scalarOf(def: Def): GraphQLScalarType {
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
