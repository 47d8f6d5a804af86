import {type CompiledQuery, type Dialect, type Driver, Kysely, type QueryResult} from 'kysely'

type Parts = Pick<Dialect, 'createAdapter' | 'createIntrospector' | 'createQueryCompiler'>

const notHere = () => Promise.reject(new Error('Transactions are opened by Database.write.'))
const done = () => Promise.resolve()

/** Kysely on a connection that is already in hand: it builds and runs queries, and owns no pool and no transaction. */
export function kyselyOn<S>(parts: Parts, execute: <R>(query: CompiledQuery) => Promise<QueryResult<R>>): Kysely<S> {
  const connection = {
    executeQuery: execute,
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
  return new Kysely<S>({dialect: {...parts, createDriver: () => driver}})
}
