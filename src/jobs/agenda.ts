import type {Clock} from '../base/clock.ts'
import {messageOf} from '../base/errors.ts'
import {createWaker} from '../base/waker.ts'
import type {Logger} from '../observability/logger.ts'
import type {ControlDb} from '../store/stores.ts'
import {type DueAt, HINT_GRACE_MS, type Hint, moveHints, readHints, writeHints} from './hints.ts'

/** How soon work that falls due, or that another process hinted at, is seen. */
const TICK_MS = 500
/** Every tenant is looked at this often, hint or no hint, so that a lost hint is a delay. */
const SWEEP_MS = 60_000
/** Every tenant is woken this often, for what goes by no due time. */
const WAKE_MS = 3_600_000
/** After a start all tenants are woken, a few at a time. */
const NEW_PER_TICK = 16
const NEW_TICK_MS = 50
const AT_ONCE = 8
const TROUBLE_MS = 5000

export interface AgendaOptions {
  control: ControlDb
  clock: Clock
  log: Logger
  /** Tenants that work. */
  tenants: () => Promise<string[]>
  /** When a tenant has something to do: a time that has come, one to come, or null. Reads its database. */
  nextDue: (tenantId: string) => Promise<number | null>
  /** Differs when a tenant's database was written since; undefined when only reading it can tell. */
  mark: (tenantId: string) => string | undefined
  /** Has the loops of this process look at a tenant. */
  wake: (tenantId: string) => void
}

export interface Agenda {
  /** Something was written in this tenant, so when it is due next has to be read again. */
  readonly touched: (tenantId: string) => void
  stop(): Promise<void>
}

/**
 * Knows when each tenant has something to do, so that nobody has to open all their databases to find out. What it knows
 * is in memory and, for other processes, in control's hints; both may be lost, the rows in the tenants are what counts.
 */
export function startAgenda(options: AgendaOptions): Agenda {
  const {clock, log} = options
  const waker = createWaker(clock)
  const book = new Book(options)
  let stopped = false
  const loop = async () => {
    while (!stopped) {
      try {
        await book.tick()
      } catch (error) {
        book.distrustHints()
        log.warn({error: messageOf(error)}, 'what is due could not be read')
      }
      await waker.wait(book.hurry ? NEW_TICK_MS : TICK_MS)
    }
  }
  const running = loop()
  return {
    touched: (tenantId) => void book.dirty.add(tenantId),
    async stop() {
      stopped = true
      waker.wake()
      await running
    },
  }
}

class Book {
  /** Tenants whose next time has to be read. */
  readonly dirty = new Set<string>()
  /** There are tenants that were not looked at since the start. */
  hurry = true
  readonly #options: AgendaOptions
  /** When each has something to do. The one that was read longest ago comes first. */
  readonly #next = new Map<string, number>()
  readonly #woken = new Map<string, number>()
  readonly #trouble = new Map<string, number>()
  readonly #marks = new Map<string, {mark: string; reads: number}>()
  /** Hints in control as far as this process knows: none is written that would be later than the one there. */
  #hinted: Map<string, number> | undefined
  /** Hints that are due, and since when they are looked at. */
  #grace = new Map<string, {marks: number; since: number}>()

  constructor(options: AgendaOptions) {
    this.#options = options
  }

  async tick(): Promise<void> {
    const {control, clock} = this.#options
    const running = new Set(await this.#options.tenants())
    this.#hinted ??= new Map((await readHints(control)).map(({tenantId, at}) => [tenantId, at]))
    const hints = (await readHints(control, clock.now())).filter(({tenantId}) => running.has(tenantId))
    this.#forget(running)
    this.#welcome(running, hints)
    const due = [...this.#next].filter(([, at]) => at <= clock.now()).map(([id]) => id)
    const ids = new Set([...this.dirty, ...hints.map(({tenantId}) => tenantId), ...due, ...this.#sweep()])
    const later: DueAt[] = []
    const queue = [...ids].filter((id) => this.#next.has(id))
    const work = async () => {
      for (let id = queue.shift(); id !== undefined; id = queue.shift()) later.push(...(await this.#look(id)))
    }
    await Promise.all(Array.from({length: AT_ONCE}, work))
    await writeHints(control, later)
    await this.#moveHints(hints)
  }

  /** A write of hints went wrong: what is there is read again. */
  distrustHints(): void {
    this.#hinted = undefined
  }

  /** The part of the sweep that is up to this tick: who was seen longest ago, but for those in whom nothing changed. */
  #sweep(): string[] {
    const slice = [...this.#next].slice(0, Math.max(1, Math.ceil((this.#next.size * TICK_MS) / SWEEP_MS)))
    return slice.flatMap(([id, next]) => {
      if (!this.#isSame(id) || this.#isStale(id)) return [id]
      this.#next.delete(id)
      this.#next.set(id, next)
      return []
    })
  }

  /** Nothing was written since it was read. Two writes of one instant look alike, so a change is read twice. */
  #isSame(id: string): boolean {
    const seen = this.#marks.get(id)
    return seen !== undefined && seen.reads > 1 && seen.mark === this.#options.mark(id)
  }

  #remember(id: string, mark: string | undefined): void {
    if (mark === undefined) return
    const seen = this.#marks.get(id)
    this.#marks.set(id, {mark, reads: seen?.mark === mark ? seen.reads + 1 : 1})
  }

  #forget(running: ReadonlySet<string>): void {
    for (const id of this.#next.keys()) {
      if (running.has(id)) continue
      for (const map of [this.#next, this.#woken, this.#trouble, this.#marks, this.#grace, this.dirty]) map.delete(id)
    }
  }

  /** Whoever was not looked at yet is woken: a process may have died in the middle of something that is not due. */
  #welcome(running: ReadonlySet<string>, hints: readonly Hint[]): void {
    const fresh = [...new Set([...hints.map(({tenantId}) => tenantId), ...running])].filter((id) => !this.#next.has(id))
    for (const id of fresh.slice(0, NEW_PER_TICK)) {
      this.#next.set(id, Number.POSITIVE_INFINITY)
      this.dirty.add(id)
      this.#wake(id)
    }
    this.hurry = fresh.length > NEW_PER_TICK
  }

  /** Reads when a tenant has something to do and wakes the loops if that is now. Answers what to hint to others. */
  async #look(id: string): Promise<DueAt[]> {
    const {clock, log} = this.#options
    if (clock.monotonic() < (this.#trouble.get(id) ?? Number.NEGATIVE_INFINITY)) return []
    const planned = this.#next.get(id) ?? Number.POSITIVE_INFINITY
    const started = clock.now()
    this.dirty.delete(id)
    const mark = this.#options.mark(id)
    let next: number
    try {
      next = (await this.#options.nextDue(id)) ?? Number.POSITIVE_INFINITY
      this.#trouble.delete(id)
      this.#remember(id, mark)
    } catch (error) {
      log.warn({tenant: id, error: messageOf(error)}, 'what is due could not be read')
      this.#trouble.set(id, clock.monotonic() + TROUBLE_MS)
      this.dirty.add(id)
      return []
    }
    this.#next.delete(id)
    this.#next.set(id, next)
    if (next <= clock.now()) this.dirty.add(id)
    if (next <= clock.now() || planned <= started || this.#isStale(id)) this.#wake(id)
    if (next === Number.POSITIVE_INFINITY || next >= (this.#hinted?.get(id) ?? Number.POSITIVE_INFINITY)) return []
    const at = Math.floor(next / 1000) * 1000
    this.#hinted?.set(id, at)
    return [{tenantId: id, at}]
  }

  #isStale(id: string): boolean {
    return this.#options.clock.monotonic() - (this.#woken.get(id) ?? Number.NEGATIVE_INFINITY) >= WAKE_MS
  }

  #wake(id: string): void {
    this.#woken.set(id, this.#options.clock.monotonic())
    this.#options.wake(id)
  }

  /** Hints that were looked at for long enough, with nothing left to do, go on to the next time. */
  async #moveHints(hints: readonly Hint[]): Promise<void> {
    const {clock, control} = this.#options
    const grace = new Map<string, {marks: number; since: number}>()
    const moves: {tenantId: string; marks: number; next: number | null}[] = []
    for (const {tenantId, marks} of hints) {
      const known = this.#grace.get(tenantId)
      const entry = known?.marks === marks ? known : {marks, since: clock.monotonic()}
      grace.set(tenantId, entry)
      const next = this.#next.get(tenantId) ?? 0
      if (next <= clock.now() || clock.monotonic() - entry.since < HINT_GRACE_MS) continue
      const at = next === Number.POSITIVE_INFINITY ? null : Math.floor(next / 1000) * 1000
      moves.push({tenantId, marks, next: at})
      if (at === null) this.#hinted?.delete(tenantId)
      else this.#hinted?.set(tenantId, at)
    }
    this.#grace = grace
    await moveHints(control, moves)
  }
}
