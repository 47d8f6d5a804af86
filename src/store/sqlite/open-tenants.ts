import type {Clock} from '../../base/clock.ts'
import type {LazyDatabase} from '../lazy-database.ts'
import type {TenantSchema} from '../schema/tenant.ts'
import type {SqliteDatabase} from './database.ts'

export type LazyTenant = LazyDatabase<TenantSchema, SqliteDatabase<TenantSchema>>

/** How long nobody may get done before an opening goes beyond the limit rather than stand still. */
const PATIENCE_MS = 1000
/** The cache is shared out anew after so many uses, and whenever a file is opened or closed. */
const SHARE_EVERY = 1000

interface Entry {
  database: LazyTenant
  open: SqliteDatabase<TenantSchema>
  /** Uses lately: halved at each sharing out, so that what was busy yesterday gives way. */
  uses: number
  /** The count of all uses at the last one of it. */
  usedAt: number
}

/**
 * The tenants whose files are open: at most `limit`, the one unused for longest goes first. One in use stays
 * open. The page cache is one budget: half of it in equal parts, half by use.
 */
export class OpenTenants {
  readonly #limit: number
  readonly #cacheBytes: number
  readonly #clock: Clock
  readonly #entries = new Map<string, Entry>()
  readonly #closing = new Set<Promise<void>>()
  readonly #waiting: AbortController[] = []
  #opening = 0
  /** When one was opened or released last, on the monotonic clock. */
  #movedAt = Number.NEGATIVE_INFINITY
  #sinceShared = 0
  #used = 0

  constructor({limit, cacheBytes, clock}: {limit: number; cacheBytes: number; clock: Clock}) {
    this.#limit = limit
    this.#cacheBytes = cacheBytes
    this.#clock = clock
  }

  /** Opens one more, when there is room. */
  async admit(
    database: LazyTenant,
    open: () => Promise<SqliteDatabase<TenantSchema>>,
  ): Promise<SqliteDatabase<TenantSchema>> {
    await this.#reserve()
    try {
      // Their files are open until then, and this may be one of them.
      await Promise.all(this.#closing)
      const opened = await open()
      this.#entries.set(database.name, {database, open: opened, uses: 1, usedAt: ++this.#used})
      this.#share()
      return opened
    } finally {
      this.#movedAt = this.#clock.monotonic()
      this.#opening--
    }
  }

  touched(id: string): void {
    const entry = this.#entries.get(id)
    if (!entry) return
    entry.uses++
    entry.usedAt = ++this.#used
    if (++this.#sinceShared >= SHARE_EVERY) this.#share()
  }

  /** Forgets one that was closed. */
  closed(id: string): void {
    if (this.#entries.delete(id)) this.#share()
  }

  /** Somebody is done with one: what was opened beyond the limit is taken back, or who waits for room has it. */
  released(): void {
    this.#movedAt = this.#clock.monotonic()
    while (this.#entries.size > this.#limit && this.#evict());
    this.#waiting.shift()?.abort()
  }

  async close(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({database}) => database.close()))
    this.#entries.clear()
    await Promise.all(this.#closing)
  }

  /** Counts one as being opened, in the same turn in which there was found to be room. */
  async #reserve(): Promise<void> {
    const since = this.#clock.monotonic()
    while (this.#entries.size + this.#opening >= this.#limit && !this.#evict()) {
      const left = Math.max(since, this.#movedAt) + PATIENCE_MS - this.#clock.monotonic()
      if (left <= 0) break
      const turn = new AbortController()
      this.#waiting.push(turn)
      await this.#clock.sleep(left, turn.signal)
      const at = this.#waiting.indexOf(turn)
      if (at !== -1) this.#waiting.splice(at, 1)
    }
    this.#opening++
  }

  #evict(): boolean {
    let unused: Entry | undefined
    for (const entry of this.#entries.values()) {
      if (entry.database.isIdle && entry.usedAt < (unused?.usedAt ?? Infinity)) unused = entry
    }
    if (!unused) return false
    const {database} = unused
    this.#entries.delete(database.name)
    const closing = database
      .close()
      .catch(() => undefined)
      .finally(() => this.#closing.delete(closing))
    this.#closing.add(closing)
    return true
  }

  #share(): void {
    this.#sinceShared = 0
    const entries = [...this.#entries.values()]
    const uses = entries.reduce((sum, entry) => sum + entry.uses, 0)
    for (const entry of entries) {
      const part = 0.5 / entries.length + (0.5 * entry.uses) / Math.max(1, uses)
      entry.open.setCache(this.#cacheBytes * part)
      entry.uses = Math.ceil(entry.uses / 2)
    }
  }
}
