import {type CompiledQuery, type Dialect, type Driver, Kysely, type QueryResult} from 'kysely'
import type {Engine} from './migration.ts'

type Parts = Pick<Dialect, 'createAdapter' | 'createIntrospector' | 'createQueryCompiler'>

const notHere = () => Promise.reject(new Error('Transactions are opened by Database.write.'))
const done = () => Promise.resolve()

/** A query that comes again and again: under its name PostgreSQL keeps how it is to be run. */
export type NamedQuery<R = unknown> = CompiledQuery<R> & {name?: string}

type Execute = <R>(query: NamedQuery) => Promise<QueryResult<R>>

const connections = new WeakMap<object, {engine: Engine; run: Execute}>()

/** Runs a query that is compiled already, past the layers that Kysely has for pools and plugins. */
export function execute<S, R>(db: Kysely<S>, query: NamedQuery<R>): Promise<QueryResult<R>> {
  const connection = connections.get(db)
  return connection ? connection.run<R>(query) : db.executeQuery(query)
}

/** The engine behind it; undefined where that is not one of ours. */
export const engineOf = <S>(db: Kysely<S>): Engine | undefined => connections.get(db)?.engine

/** Kysely on a connection that is already in hand: it builds and runs queries, and owns no pool and no transaction. */
export function kyselyOn<S>(engine: Engine, parts: Parts, run: Execute): Kysely<S> {
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
  connections.set(db, {engine, run})
  return db
}
