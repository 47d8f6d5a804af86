import {
  GraphQLFloat,
  type GraphQLInputFieldConfigMap,
  GraphQLInputObjectType,
  type GraphQLInputType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
} from 'graphql'
import type {z} from 'zod'
import {defOf, pascal, plainest, scalarOf, type Shape, unwrap, type Words} from './zod-parts.ts'

/**
 * Makes arguments, or fields of an input object, of what operations take. The types help to write a query; what is given is
 * checked by the operation.
 */
export type InputFields = (owner: string, shape: Shape) => GraphQLInputFieldConfigMap

export function createInputFields(words: Words): InputFields {
  const objects = new Map<z.core.$ZodType, GraphQLInputObjectType>()

  const input = (name: string, schema: z.core.$ZodType): GraphQLInputType => {
    const def = defOf(schema)
    if (def.type === 'array') return new GraphQLList(new GraphQLNonNull(input(name, unwrap(def.element).schema)))
    if (def.type === 'enum') return words(name, def.entries)
    if (def.type === 'union') return input(name, plainest(def.options))
    if (def.type === 'pipe') return input(name, defOf(def.out).type === 'transform' ? def.in : def.out)
    if (def.type === 'object') return object(name, schema)
    if (def.type === 'number') return (schema as z.ZodNumber).isInt ? GraphQLInt : GraphQLFloat
    return scalarOf(def)
  }
  const object = (name: string, schema: z.core.$ZodType) => {
    const known = objects.get(schema)
    const shape = (schema as z.ZodObject).shape as Shape
    const made = known ?? new GraphQLInputObjectType({name: `${name}Input`, fields: () => fields(name, shape)})
    objects.set(schema, made)
    return made
  }
  const fields: InputFields = (owner, shape) =>
    Object.fromEntries(
      Object.entries(shape).map(([field, schema]) => {
        const {schema: inner, isOptional} = unwrap(schema)
        const type = input(`${owner}${pascal(field)}`, inner)
        return [field, {type: isOptional ? type : new GraphQLNonNull(type)}]
      }),
    )
  return fields
}
