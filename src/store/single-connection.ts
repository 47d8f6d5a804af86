import {type CompiledQuery, type Dialect, type Driver, Kysely, type QueryResult} from 'kysely'

type Parts = Pick<Dialect, 'createAdapter' | 'createIntrospector' | 'createQueryCompiler'>

const notHere = () => Promise.reject(new Error('Transactions are opened by Database.write.'))
const done = () => Promise.resolve()

type Execute = <R>(query: CompiledQuery) => Promise<QueryResult<R>>

const executors = new WeakMap<object, Execute>()

/** Runs a query that is compiled already, past the layers that Kysely has for pools and plugins. */
export function execute<S, R>(db: Kysely<S>, query: CompiledQuery<R>): Promise<QueryResult<R>> {
  const run = executors.get(db)
  return run ? run<R>(query) : db.executeQuery(query)
}

/** Kysely on a connection that is already in hand: it builds and runs queries, and owns no pool and no transaction. */
export function kyselyOn<S>(parts: Parts, run: Execute): Kysely<S> {
  const connection = {
    executeQuery: run,
    streamQuery: () => {
      throw new Error('No cursor is held across an await: page by key.')
    },
  }
  const driver: Driver = {
    init: done,
    acquireConnection: () => Promise.resolve(connection),
    releaseConnection: done,
    beginTransaction: notHere,
    commitTransaction: notHere,
    rollbackTransaction: notHere,
    destroy: done,
  }
  const db = new Kysely<S>({dialect: {...parts, createDriver: () => driver}})
  executors.set(db, run)
  return db
}
