import type {CompiledQuery, Kysely} from 'kysely'
import type {Engine} from './migration.ts'
import {execute, type NamedQuery} from './single-connection.ts'

/** A value to come, where a query is built once and run many times. */
class Hole {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

interface Built {
  query: NamedQuery
  /** For each parameter the name of the value that goes there, or the parameter itself. */
  parameters: readonly unknown[]
}

let names = 0

/** PostgreSQL refuses to run a prepared `*` once the table has got another column. */
const nameFor = (sql: string) => (sql.replaceAll('count(*)', '').includes('*') ? undefined : `query_${++names}`)

/**
 * A query that is built and compiled once per engine: building it costs more than running it. `build` gets stand-ins for
 * the values and may only pass them on as parameters, never look at them. Names of tables are found through the
 * connection, so that one text serves every tenant.
 */
export function prepared<S, P extends object, R = unknown>(
  build: (db: Kysely<S>, values: P, engine: Engine) => CompiledQuery<R>,
): (on: {db: Kysely<S>; engine: Engine}, values: P) => Promise<{rows: R[]}> {
  const built = new Map<Engine, Built>()
  const holes = new Proxy({} as P, {get: (_, name) => new Hole(String(name))})
  return async ({db, engine}, values) => {
    let one = built.get(engine)
    if (!one) {
      const query = build(db, holes, engine)
      one = {query: {...query, name: nameFor(query.sql)}, parameters: query.parameters}
      built.set(engine, one)
    }
    const parameters = one.parameters.map((value) =>
      value instanceof Hole ? (values as Record<string, unknown>)[value.name] : value,
    )
    return execute(db, {...one.query, parameters})
  }
}
