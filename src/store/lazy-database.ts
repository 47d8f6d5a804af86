import type {Kysely} from 'kysely'
import type {Database, Months, Tx} from './database.ts'
import type {Engine} from './migration.ts'

interface LazyOptions<D> {
  engine: Engine
  name: string
  open: () => Promise<D>
  touched: () => void
  /** Called when nobody uses it any more. */
  released?: () => void
  /** It will have tables by month. */
  byMonth?: boolean
}

/**
 * A database that opens when it is used and may be closed while nobody does, so that hundreds of tenants need not all
 * hold open files. Holders keep this handle for as long as they like.
 */
export class LazyDatabase<S, D extends Database<S>> implements Database<S> {
  readonly engine: Engine
  readonly name: string
  readonly months?: Months
  readonly #open: () => Promise<D>
  readonly #touched: () => void
  readonly #released: (() => void) | undefined
  #inner: Promise<D> | undefined
  #users = 0

  constructor(options: LazyOptions<D>) {
    this.engine = options.engine
    this.name = options.name
    this.#open = options.open
    this.#touched = options.touched
    this.#released = options.released
    if (options.byMonth) {
      this.months = {
        make: (now) => this.use(async (inner) => inner.months?.make(now)),
        drop: (table, before, spare) => this.use(async (inner) => inner.months?.drop(table, before, spare) ?? 0),
      }
    }
  }

  get isOpen(): boolean {
    return this.#inner !== undefined
  }

  get isIdle(): boolean {
    return this.#users === 0
  }

  read<T>(run: (db: Kysely<S>) => Promise<T>): Promise<T> {
    return this.use((inner) => inner.read(run))
  }

  write<T>(run: (tx: Tx<S>) => Promise<T>): Promise<T> {
    return this.use((inner) => inner.write(run))
  }

  reclaim(): Promise<void> {
    return this.use((inner) => inner.reclaim())
  }

  async use<T>(run: (inner: D) => Promise<T>): Promise<T> {
    this.#users++
    try {
      if (!this.#inner) {
        this.#inner = this.#open()
        this.#inner.catch(() => (this.#inner = undefined))
      }
      this.#touched()
      return await run(await this.#inner)
    } finally {
      if (--this.#users === 0) this.#released?.()
    }
  }

  async close(): Promise<void> {
    const inner = this.#inner
    this.#inner = undefined
    if (inner) await (await inner).close()
  }
}
