import type {z} from 'zod'

/**
 * Arguments as an operation takes them. Clients send null for what they leave out; where the operation gives null no
 * meaning of its own it counts as left out.
 */
export function withoutNulls(schema: z.ZodObject, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const {shape} = schema
  return Object.fromEntries(
    Object.entries(given).filter(([name, value]) => {
      const field = Object.hasOwn(shape, name) ? (shape[name] as z.ZodType) : undefined
      return value !== null || field?.safeParse(null).success === true
    }),
  )
}
