import {createHash} from 'node:crypto'
import {sql} from 'kysely'
import type {Database} from '../../src/store/database.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import {readCatalogue} from './catalogue.ts'

/** Who looked when, how often somebody guessed, when somebody should look: no question leaves that alone. */
const asked = ['api_tokens.last_used_at', 'sessions.last_used_at', 'users.last_login']
const counted = ['failed_logins', 'nodes', 'due_hints']

/** One line for each table of control and of these tenants: what is in it, as a hash. */
export async function digestOf(runtime: Runtime, tenants: readonly string[]): Promise<Record<string, string>> {
  const databases: [string, unknown][] = [
    ['control', runtime.stores.control],
    ...tenants.map((id): [string, unknown] => [id, runtime.stores.tenant(id)]),
  ]
  const digests: Record<string, string> = {}
  for (const [name, given] of databases) {
    const database = given as Database<never>
    for (const table of Object.keys((await readCatalogue(database)).tables)) {
      if (counted.includes(table)) continue
      const {rows} = await database.read((db) =>
        sql<Record<string, unknown>>`select * from ${sql.table(table)}`.execute(db),
      )
      const texts = rows.map((row) =>
        JSON.stringify(Object.entries(row).filter(([column]) => !asked.includes(`${table}.${column}`))),
      )
      digests[`${name} ${table}`] = createHash('sha256').update(texts.sort().join('\n')).digest('hex')
    }
  }
  return digests
}
