/**
 * What a column holds is told by its name, the same in every table, so that one place converts between the engines:
 * PostgreSQL has types for times, booleans, arrays and JSON; SQLite keeps integer milliseconds, 0/1 and JSON text.
 */
export type ColumnKind = 'time' | 'boolean' | 'json' | 'plain'

const booleans = new Set([
  'is_active',
  'opted_in',
  'granted',
  'allow_private_network',
  'platform',
  'by_operator',
  'is_default',
  'sync_enabled',
  'ordered',
])

const json = new Set([
  'tags',
  'metadata',
  'attributes',
  'nodes',
  'edges',
  'context',
  'schedule',
  'targeting',
  'message',
  'limits',
  'metrics',
  'settings',
  'billing',
  'scopes',
  'data',
  'progress',
  'result',
  'payload',
  'before',
  'after',
  'definition',
  'trigger',
  'roles',
  'field_mapping',
  'sync_state',
  'types',
  'warnings',
])

const times = new Set(['last_login'])

export function columnKind(name: string): ColumnKind {
  if (name.endsWith('_at') || times.has(name)) return 'time'
  if (booleans.has(name)) return 'boolean'
  return json.has(name) ? 'json' : 'plain'
}

declare const jsonText: unique symbol
/** JSON as text, ready to be stored. Only `toJson()` makes one, so a raw object cannot reach a JSON column. */
export type JsonText = string & {readonly [jsonText]: true}

/** Serialises a value for a JSON column. */
export const toJson = (value: unknown): JsonText => JSON.stringify(value ?? null) as JsonText
