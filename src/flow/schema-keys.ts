import type {z} from 'zod'

type Schema = z.core.$ZodType

/** The names that a schema knows at a place inside it, whatever its value there would have to be. */
export function keysAt(schema: Schema, path: readonly PropertyKey[]): string[] {
  const {def} = (schema as z.core.$ZodTypes)._zod
  const [first, ...rest] = path
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
      return keysAt(def.innerType, path)
    case 'pipe':
      return keysAt(def.in, path)
    case 'union':
      return [...new Set(def.options.flatMap((option) => keysAt(option, path)))]
    case 'object': {
      const inner = first === undefined ? undefined : def.shape[String(first)]
      if (first === undefined) return Object.keys(def.shape)
      return inner ? keysAt(inner, rest) : []
    }
    case 'array':
      return first === undefined ? [] : keysAt(def.element, rest)
    case 'record':
      return first === undefined ? [] : keysAt(def.valueType, rest)
    default:
      return []
  }
}
