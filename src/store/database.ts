import type {Kysely} from 'kysely'
import type {Engine} from './migration.ts'

/** One database: control, or one tenant's. The only way to its data, so a query cannot reach another tenant's. */
export interface Database<S> {
  readonly engine: Engine
  readonly name: string
  /** Queries that change nothing. Each statement sees a committed state; do not rely on one snapshot over several. */
  read<T>(run: (db: Kysely<S>) => Promise<T>): Promise<T>
  /**
   * One transaction, durable when it resolves. `run` may be called again when the engine asks for it (deadlock), so it
   * must not touch anything but `tx`. Throws `UNAVAILABLE` when the database is busy for too long, full or gone.
   */
  write<T>(run: (tx: Tx<S>) => Promise<T>): Promise<T>
  /** Where the engine keeps some tables by month. */
  readonly months?: Months
  /** Gives space that deleting freed back to the disk, a little at a time. */
  reclaim(): Promise<void>
  close(): Promise<void>
}

/** Tables in parts by month of `created_at`, so that what is old goes a part at a time. */
export interface Months {
  /** Makes the parts of the current month and of the next. */
  make(now: number): Promise<void>
  /**
   * Drops a table's parts whose month ended before `before`, except those with a key from `spare` on. Returns how many
   * parts went.
   */
  drop(table: string, before: number, spare?: {key: string; from: number}): Promise<number>
}

/** What a transaction can do besides Kysely's queries: many rows in one go, and events that commit last. */
export interface Tx<S> {
  readonly engine: Engine
  readonly db: Kysely<S>
  insert<T extends keyof S & string>(table: T, rows: readonly Row[]): Promise<void>
  /** Inserts what is new; returns for each row whether it was. `key` are the columns of the unique constraint. */
  insertNew<T extends keyof S & string>(table: T, key: readonly string[], rows: readonly Row[]): Promise<boolean[]>
  /** Updates rows by `key`; every row has the same columns. */
  update<T extends keyof S & string>(table: T, key: readonly string[], rows: readonly Row[]): Promise<void>
  /** Appended to the event log as the last statement of the transaction. */
  emit(event: NewEvent): void
  /**
   * Leaves statements to the commit, which goes out behind them without waiting for their answers; when one fails, so does
   * the transaction. Only for what is carried out in the order in which it is given: what `insert`, `insertNew`, `update`
   * and `prepared` queries return, each given before this is called.
   */
  leave(...given: Promise<unknown>[]): void
}

/** Column values: Date for times, boolean, `toJson()` text for JSON, string[] for tags. */
export type Row = Readonly<Record<string, Value>>
export type Value = string | number | boolean | Date | null | readonly string[]

export interface NewEvent {
  type: string
  /** Milliseconds. */
  at: number
  data: Record<string, unknown>
}

/** Called after a commit that appended events. */
export type EventListener = (database: string, lastSeq: number) => void
