import type {CompiledQuery, QueryResult} from 'kysely'
import type {SqliteConnection} from './connection.ts'

/**
 * What is read in one turn of the event loop is read from one snapshot: to take one and give it back costs as much as a
 * small query. A commit of this process ends it, so whoever wrote reads what they wrote.
 */
export class Snapshot {
  readonly #connection: SqliteConnection
  #taken = false
  #endsWithTurn = false

  constructor(connection: SqliteConnection) {
    this.#connection = connection
  }

  read<R>(query: CompiledQuery): QueryResult<R> {
    this.#take()
    return this.#connection.read(query)
  }

  #take(): void {
    if (this.#taken) return
    this.#connection.run('BEGIN')
    this.#taken = true
    if (this.#endsWithTurn) return
    this.#endsWithTurn = true
    setImmediate(() => {
      this.#endsWithTurn = false
      this.end()
    })
  }

  end(): void {
    if (!this.#taken) return
    this.#taken = false
    if (this.#connection.raw.inTransaction) this.#connection.run('COMMIT')
  }
}
