import fc, {type Arbitrary} from 'fast-check'
import type {DocumentedOperation, Json} from './documented.ts'
import {hostile, recordOf, valuesOf, type World} from './schema-values.ts'

/** One request, ready to be sent. */
export interface Call {
  address: string
  headers: Record<string, string>
  body?: string
  /** What the body says, where it is JSON and says so. */
  json?: unknown
}

interface Parts {
  path: Record<string, unknown>
  query: Record<string, unknown>
  header: Record<string, unknown>
  body: unknown
  raw?: string
  type: string
}

/** Requests that the operation is documented to take, and as many in which something is wrong. */
export function callsOf({path, one}: DocumentedOperation, world: World): Arbitrary<Call> {
  const parameters = one.parameters as Json[]
  const among = (place: string) => {
    const those = parameters.filter((parameter) => parameter.in === place)
    const values = those.map(({name, schema}) => [name, valuesOf(schema as Json, world)])
    const required = those.filter((parameter) => parameter.required as boolean).map(({name}) => name as string)
    return recordOf(Object.fromEntries(values) as Record<string, Arbitrary<unknown>>, required, 2)
  }
  const schema = one.requestBody?.content['application/json'].schema as Json | undefined
  const right: Arbitrary<Parts> = fc.record({
    path: among('path'),
    query: among('query'),
    header: among('header'),
    body: schema ? valuesOf(schema, world) : fc.constant(undefined),
    type: fc.constant('application/json'),
  })
  const twisted = fc
    .tuple(right, fc.array(twist, {minLength: 1, maxLength: 2}))
    .map(([parts, twists]) => twists.reduce((left, apply) => apply(left), parts))
  return fc
    .oneof({arbitrary: right, weight: 2}, {arbitrary: twisted, weight: 3})
    .map((parts) => written(path, schema ? parts : {...parts, body: undefined, raw: undefined}))
}

type Twist = (parts: Parts) => Parts

const keyAt = (values: Record<string, unknown>, n: number): string | undefined => {
  const keys = Object.keys(values)
  return keys[n % Math.max(1, keys.length)]
}

/** Somewhere in it, at any depth, another value; `undefined` takes the field away. */
function replaced(value: unknown, n: number, by: unknown): unknown {
  if (Array.isArray(value) && value.length > 0) {
    const at = n % value.length
    return value.map((one: unknown, i) => (i === at ? replaced(one, n >> 2, by) : one))
  }
  if (typeof value !== 'object' || value === null) return by
  const record = value as Record<string, unknown>
  const key = keyAt(record, n)
  if (key === undefined) return by
  const inside = record[key]
  const goesOn = typeof inside === 'object' && inside !== null && n % 3 !== 0
  return {...record, [key]: goesOn ? replaced(inside, n >> 2, by) : by}
}

const twist: Arbitrary<Twist> = fc.oneof(
  fc.tuple(fc.nat(), hostile).map(([n, by]): Twist => (parts) => ({...parts, body: replaced(parts.body, n, by)})),
  fc.nat().map((n): Twist => (parts) => ({...parts, body: replaced(parts.body, n, undefined)})),
  hostile.map((body): Twist => (parts) => ({...parts, body})),
  fc.tuple(fc.constantFrom('is_admin', 'tenant_id', '__proto__', 'id'), hostile).map(
    ([key, by]): Twist =>
      (parts) =>
        typeof parts.body === 'object' && parts.body !== null ? {...parts, body: {...parts.body, [key]: by}} : parts,
  ),
  fc.tuple(fc.nat(), hostile).map(([n, by]): Twist => (parts) => {
    const key = keyAt(parts.path, n)
    return key === undefined ? parts : {...parts, path: {...parts.path, [key]: by}}
  }),
  fc.tuple(fc.nat(), hostile).map(([n, by]): Twist => (parts) => {
    const key = keyAt(parts.query, n) ?? 'unknown'
    return {...parts, query: {...parts.query, [key]: by}}
  }),
  fc
    .constantFrom('{', '[1,', 'null', '"x"', '\ufeff{}', '{"a":1,}', '['.repeat(70) + ']'.repeat(70))
    .map((raw): Twist => (parts) => ({...parts, raw})),
  fc
    .constantFrom('text/plain', 'application/xml', 'multipart/form-data', 'application/json; charset=utf-16', 'x')
    .map((type): Twist => (parts) => ({...parts, type})),
)

/** Over HTTP: text in the address, text in the headers, JSON in the body where there may be one. */
function written(path: string, {path: named, query, header, body, raw, type}: Parts): Call {
  const address = path.replace(/\{(\w+)\}/g, (_, name: string) => inPath(named[name]))
  const asked = new URLSearchParams(Object.entries(query).map(([name, value]): [string, string] => [name, text(value)]))
  const headers = Object.fromEntries(
    Object.entries(header)
      .filter(([name]) => name !== 'X-PyTake-Tenant')
      .map(([name, value]) => [name, encodeURIComponent(text(value).slice(0, 300))]),
  )
  const whole = asked.size > 0 ? `${address}?${asked.toString()}` : address
  const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body))
  if (sent === undefined) return {address: whole, headers}
  const isPlain = raw === undefined && type === 'application/json'
  return {
    address: whole,
    headers: {...headers, 'content-type': type},
    body: sent,
    ...(isPlain ? {json: JSON.parse(sent) as unknown} : {}),
  }
}

const text = (value: unknown): string =>
  (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).toWellFormed()

/** Never empty and never dots alone: that would be the address of something else. */
function inPath(value: unknown): string {
  const encoded = encodeURIComponent(text(value))
  return /^\.*$/.test(encoded) ? '%2E%2E%2F' : encoded
}

const MOST_REMEMBERED = 30

/** What answers told of each resource. Later calls meet what exists; `kept` is what must stay, and is never taken up. */
export function createMemory(kept: ReadonlySet<string>) {
  const known = new Map<string, string[]>()
  const pool: string[] = []
  const of = (tag: string): string[] => {
    const own = known.get(tag) ?? []
    known.set(tag, own)
    return own
  }
  const add = (tag: string, text: string): void => {
    const own = of(tag)
    if (text.length > 100 || kept.has(text) || own.includes(text)) return
    if (own.length < MOST_REMEMBERED) own.push(text)
    else own[text.length % MOST_REMEMBERED] = text
    if (pool.length < 10 * MOST_REMEMBERED) pool.push(text)
  }
  const look = (tag: string, value: unknown, key = ''): void => {
    if (Array.isArray(value)) value.slice(0, 5).forEach((one) => look(tag, one, key))
    else if (typeof value === 'string' && /^(id|name|key|flow|email|phone|sha256)$/.test(key)) add(tag, value)
    else if (typeof value === 'object' && value !== null) {
      for (const [name, one] of Object.entries(value)) look(tag, one, name)
    }
  }
  return {
    pool,
    of,
    add,
    look: (tag: string, answer: string) => look(tag, answer.startsWith('{') ? JSON.parse(answer) : ''),
  }
}
