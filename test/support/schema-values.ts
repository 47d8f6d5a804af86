import fc, {type Arbitrary} from 'fast-check'
import type {Json} from './documented.ts'

/** Texts that have broken programs before. */
const hostileTexts = [
  '',
  ' ',
  "' OR 1=1 --",
  '"; DROP TABLE contacts; --',
  '%_\\%',
  '<script>alert(1)</script>',
  '../../../etc/passwd',
  '..%2f..%2f',
  '{{ "x" | append: "y" }}',
  '${secret.API}',
  '__proto__',
  'constructor',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\u202egpj.exe',
  'İıſß',
  '👩‍👩‍👧‍👦'.repeat(20),
  'ÿ'.repeat(256),
  'x'.repeat(70_000),
  '1e999',
  '-0',
  'NaN',
  '0192aaaa-0000-7000-8000-00000000000e',
  '2024-02-30',
  '+9999-12-31T23:59:59.999Z',
  '+5511999990000',
]

const hostileNumbers = [0, -1, 1, 0.5, 2 ** 31, 2 ** 53, -(2 ** 53), 1e308, Number.MIN_VALUE]

/** Anything JSON can say, the nasty things often. */
export const hostile: Arbitrary<unknown> = fc.oneof(
  {arbitrary: fc.constantFrom<unknown>(...hostileTexts), weight: 6},
  {arbitrary: fc.constantFrom<unknown>(...hostileNumbers), weight: 2},
  {arbitrary: fc.constantFrom<unknown>(null, true, false, [], {}, [null], [[]], {'': {}}, {$ref: '#'}), weight: 2},
  {arbitrary: fc.jsonValue({maxDepth: 2, stringUnit: 'binary'}), weight: 2},
)

export interface World {
  document: Json
  /** Ids and names that answers held: what exists. */
  pool: readonly string[]
  /** Those from answers about the same resource. */
  own: readonly string[]
}

/** Values that a schema of the document describes, its boundaries often. */
export function valuesOf(schema: Json, world: World, depth = 0): Arbitrary<unknown> {
  if (typeof schema.$ref === 'string') return valuesOf(resolve(schema.$ref, world), world, depth)
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (Array.isArray(schema.enum)) return fc.constantFrom(...(schema.enum as unknown[]))
  const choices = (schema.anyOf ?? schema.oneOf) as Json[] | undefined
  if (choices) {
    const shallow = depth > 3 ? choices.slice(0, 1) : choices
    return fc.oneof(...shallow.map((one) => valuesOf(one, world, depth + 1)))
  }
  const types = [schema.type ?? 'any'].flat() as string[]
  return fc.oneof(...types.map((type) => ofType(type, schema, world, depth)))
}

function resolve(ref: string, {document}: World): Json {
  const parts = ref.slice(2).split('/')
  return parts.reduce<Json>((value, part) => value[part] as Json, document)
}

function ofType(type: string, schema: Json, world: World, depth: number): Arbitrary<unknown> {
  if (type === 'string') return textOf(schema, world)
  if (type === 'integer' || type === 'number') return numberOf(schema, type === 'integer')
  if (type === 'boolean') return fc.boolean()
  if (type === 'null') return fc.constant(null)
  if (type === 'array') {
    const {items = {}, minItems = 0, maxItems = 3} = schema as {items?: Json; minItems?: number; maxItems?: number}
    const maxLength = Math.max(minItems, depth > 3 ? 0 : Math.min(maxItems, 3))
    return fc.array(valuesOf(items, world, depth + 1), {minLength: minItems, maxLength})
  }
  if (type === 'object') return objectOf(schema, world, depth)
  return fc.oneof(fc.constantFrom<unknown>('1', 'true', 'created_at', 'x'), poolOf(world))
}

const oneOf = (texts: readonly string[]): Arbitrary<string> => fc.nat().map((n) => texts[n % texts.length] ?? 'x')
const poolOf = ({pool, own}: World): Arbitrary<string> =>
  fc.oneof({arbitrary: oneOf(own), weight: 4}, {arbitrary: oneOf(pool), weight: 1})

function numberOf({minimum, maximum, exclusiveMinimum, exclusiveMaximum}: Json, whole: boolean): Arbitrary<number> {
  const least = Number(minimum ?? exclusiveMinimum ?? -1000)
  const most = Number(maximum ?? exclusiveMaximum ?? 1000)
  const inside = whole
    ? fc.integer({min: Math.max(least, -1e9), max: Math.min(most, 1e9)})
    : fc.double({min: least, max: most, noNaN: true})
  return fc.oneof(inside, fc.constantFrom(least, most))
}

/** Hosts that lead nowhere: the wire is faked, and this is for the day it is not. */
const addresses = [
  'https://erp.invalid/a',
  'http://127.0.0.1:9',
  'http://[::1]:9/x?y=1',
  'https://user:pass@host.invalid',
]

function textOf(schema: Json, world: World): Arbitrary<string> {
  const {
    format,
    pattern,
    minLength = 0,
    maxLength,
  } = schema as {
    format?: string
    pattern?: string
    minLength?: number
    maxLength?: number
  }
  if (format === 'uuid') return fc.oneof(poolOf(world), fc.uuid({version: 7}))
  if (format === 'uri') return fc.constantFrom(...addresses)
  if (format === 'date') return fc.constantFrom('2026-01-31', '1970-01-01', '2024-02-29', '9999-12-31')
  if (format === 'date-time')
    return fc.constantFrom('2026-01-31T12:00:00.000Z', '1970-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z')
  if (format === 'email') return fc.constantFrom('ana@example.com', 'a+b@example.co', `${'x'.repeat(60)}@example.com`)
  if (pattern !== undefined) return matching(pattern, world)
  const most = maxLength ?? 40
  const plain = fc.string({unit: 'grapheme', minLength, maxLength: Math.max(minLength, Math.min(most, 40))})
  const longest = fc
    .constantFrom('x', 'é', '漢')
    .map((letter) => letter.repeat(Math.max(minLength, Math.min(most, 5000))))
  const hostileOnes = hostileTexts.filter((text) => text.length >= minLength && text.length <= most)
  return fc.oneof(
    {arbitrary: poolOf(world), weight: 3},
    {arbitrary: plain.map((text) => text.slice(0, most)), weight: 2},
    {arbitrary: longest, weight: 1},
    ...(hostileOnes.length > 0 ? [{arbitrary: fc.constantFrom(...hostileOnes), weight: 2}] : []),
  )
}

function matching(pattern: string, world: World): Arbitrary<string> {
  const expression = new RegExp(pattern)
  try {
    const known = poolOf(world).map((text) => (expression.test(text) ? text : 'x'))
    return fc.oneof(fc.stringMatching(expression), known)
  } catch {
    // What it cannot make texts for: looking ahead.
    return fc.constantFrom('example.com', 'a-b.example.com.br')
  }
}

/** What must be there, and of the rest a little: with everything at once hardly anything is right. */
export function recordOf(
  values: Readonly<Record<string, Arbitrary<unknown>>>,
  required: readonly string[],
  most: number,
): Arbitrary<Record<string, unknown>> {
  const optional = Object.keys(values).filter((name) => !required.includes(name))
  const pick = (names: readonly string[]) =>
    fc.record(Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name))))
  return fc
    .subarray(optional, {maxLength: Math.min(most, optional.length)})
    .chain((some) => pick([...required, ...some]))
}

function objectOf(schema: Json, world: World, depth: number): Arbitrary<Record<string, unknown>> {
  const properties = (schema.properties ?? {}) as Record<string, Json>
  const required = (schema.required ?? []) as string[]
  const values = Object.entries(properties).map(([name, one]) => [name, valuesOf(one, world, depth + 1)])
  const known = recordOf(Object.fromEntries(values) as Record<string, Arbitrary<unknown>>, required, depth > 3 ? 0 : 3)
  const more = schema.additionalProperties as Json | boolean | undefined
  if (typeof more !== 'object' || depth > 2) return known
  const keys = schema.propertyNames
    ? valuesOf(schema.propertyNames as Json, world, depth + 1)
    : fc.constantFrom('a', 'b c', '_x')
  const extra = fc.dictionary(keys as Arbitrary<string>, valuesOf(more, world, depth + 1), {maxKeys: 2})
  return fc.tuple(known, extra).map(([one, other]) => ({...other, ...one}))
}
