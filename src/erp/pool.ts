import type {Http} from '../base/http.ts'
import type {Runtime} from '../runtime/runtime.ts'
import {connectionOf, type ConnectionRow} from './connections.ts'
import type {ErpType} from './connector.ts'
import {connectors} from './registry.ts'
import {createWire, type Wire} from './wire.ts'

interface Held {
  version: string
  wire: Wire
}

/** The wires of a process, by its way out: whoever asks for one connection shares breaker, places and answers. */
const pools = new WeakMap<Http, Map<string, Held>>()

export type WireDeps = Pick<Runtime, 'http' | 'clock' | 'random' | 'stores' | 'log'>

/** The wire of a connection. One that was changed gets a new wire; what is on the old one comes to its end. */
export function wireOf(deps: WireDeps, row: ConnectionRow, timeZone: string): Wire {
  const pool = pools.get(deps.http) ?? new Map<string, Held>()
  pools.set(deps.http, pool)
  const version = `${row.updated_at.getTime()} ${timeZone}`
  const held = pool.get(row.id)
  if (held?.version === version) return held.wire
  void held?.wire.close()
  const wire = createWire(deps, connectors[row.erp_type as ErpType], connectionOf(deps, row, timeZone))
  pool.set(row.id, {version, wire})
  return wire
}
