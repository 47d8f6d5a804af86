import {
  type GraphQLFieldConfigMap,
  GraphQLFloat,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
} from 'graphql'
import type {z} from 'zod'
import type {RequestContext} from './context.ts'
import {defOf, pascal, scalarOf, type Shape, unwrap, type Words} from './zod-parts.ts'

type Source = Record<string, unknown>
export type Fields = GraphQLFieldConfigMap<Source, RequestContext>

/**
 * Makes object types of the schemas that operations answer with, so that the two cannot drift apart. One schema is one
 * type, however often it is met. `more` is resolved beside what the operation answers.
 */
export type ObjectTypes = (name: string, schema: z.ZodObject, more?: () => Fields) => GraphQLObjectType

export function createObjectTypes(words: Words): ObjectTypes {
  const objects = new Map<z.core.$ZodType, GraphQLObjectType<Source, RequestContext>>()

  const object = (name: string, schema: z.core.$ZodType, more?: () => Fields) => {
    const known = objects.get(schema)
    if (known) return known
    const shape: Shape = (schema as z.ZodObject).shape
    const made = new GraphQLObjectType<Source, RequestContext>({
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
    if (def.type === 'enum') return words(name, def.entries)
    // Whole or not is not declared everywhere, and what is whole may have more than 32 bits.
    return def.type === 'number' ? GraphQLFloat : scalarOf(def)
  }
  return object
}
