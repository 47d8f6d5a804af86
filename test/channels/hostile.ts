import fc from 'fast-check'

/** A copy of a webhook body in which one value, somewhere, is another value. */
export function mutated(body: unknown): fc.Arbitrary<unknown> {
  const paths = pathsOf(body)
  return fc
    .tuple(fc.constantFrom(...paths), fc.oneof(fc.jsonValue(), fc.constant(undefined), fc.constant('__proto__')))
    .map(([path, value]) => replaced(body, path, value))
}

type Path = (string | number)[]

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))]
}

function replaced(value: unknown, [key, ...rest]: Path, replacement: unknown): unknown {
  if (key === undefined) return replacement
  const copy = structuredClone(value) as Record<string | number, unknown>
  copy[key] = replaced(copy[key], rest, replacement)
  return copy
}
