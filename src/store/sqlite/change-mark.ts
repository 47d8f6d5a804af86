import {statSync} from 'node:fs'
import {join} from 'node:path'

/**
 * Differs after each commit in a tenant's file, and is told without opening it: opening costs a hundred times as much.
 * Undefined when there is no such file.
 */
export function changeMark(home: string, tenantId: string): string | undefined {
  const path = join(home, 'tenants', `${tenantId}.db`)
  const main = statOf(path)
  // An empty log is made by whoever only reads.
  const log = statOf(`${path}-wal`)
  return main && `${main.mtimeNs} ${main.size} ${log && log.size > 0n ? `${log.mtimeNs} ${log.size}` : ''}`
}

const statOf = (path: string) => statSync(path, {bigint: true, throwIfNoEntry: false})
