import type {CompiledQuery, QueryResult} from 'kysely'
import type {SqliteConnection} from './connection.ts'
import {Snapshot} from './snapshot.ts'

/**
 * Who answers what is read. SQLite empties a connection's page cache whenever another one has committed, so that one
 * which only reads begins cold after each commit. The writing connection knows its own commits and stays warm: it
 * answers while it has no transaction open, and the other one does while it has.
 */
export class Reads {
  readonly #onWriter: Snapshot
  readonly #onAside: Snapshot
  #writing = false

  constructor(writer: SqliteConnection, aside: SqliteConnection) {
    this.#onWriter = new Snapshot(writer)
    this.#onAside = new Snapshot(aside)
  }

  execute<R>(query: CompiledQuery): QueryResult<R> {
    return (this.#writing ? this.#onAside : this.#onWriter).read(query)
  }

  /** The writing connection is its transaction's until `resume`. The log does not begin anew while somebody reads it. */
  giveWay(): void {
    this.end()
    this.#writing = true
  }

  /** What is read from here on sees what was written. */
  resume(): void {
    this.#writing = false
    this.end()
  }

  end(): void {
    this.#onWriter.end()
    this.#onAside.end()
  }
}
