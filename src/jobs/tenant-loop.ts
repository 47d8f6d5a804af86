import type {Clock} from '../base/clock.ts'
import {messageOf} from '../base/errors.ts'
import {createWaker} from '../base/waker.ts'
import type {Logger} from '../observability/logger.ts'

const TROUBLE_MS = 1000
const TROUBLE_MOST_MS = 15_000
/** Most tenants at a time: with SQLite each is an open file. */
const AT_ONCE = 32
const IDLE_MS = 60_000

export interface TenantLoopOptions {
  clock: Clock
  log: Logger
  /** What this loop does, for the log. */
  name: string
  /** Does some work of one tenant; true when there may be more. */
  work: (tenantId: string) => Promise<boolean>
}

export interface TenantLoop {
  /** There may be work for this tenant. */
  readonly wake: (tenantId: string) => void
  /** Finishes what is being done and stops. */
  stop(): Promise<void>
}

/**
 * Does work tenant by tenant, at once for those that are woken; the agenda wakes whoever has something due. Never twice
 * at a time for one tenant. Trouble with one tenant slows that tenant down only: while it has work, it is woken again.
 */
export function startTenantLoop(options: TenantLoopOptions): TenantLoop {
  const {clock, log, name} = options
  const waker = createWaker(clock)
  const woken = new Set<string>()
  const busy = new Map<string, Promise<void>>()
  const trouble = new Map<string, {until: number; wait: number}>()
  let stopped = false

  const workOn = async (id: string) => {
    try {
      while ((await options.work(id)) && !stopped) await new Promise(setImmediate)
      trouble.delete(id)
    } catch (error) {
      const wait = Math.min(TROUBLE_MOST_MS, (trouble.get(id)?.wait ?? TROUBLE_MS / 2) * 2)
      trouble.set(id, {until: clock.monotonic() + wait, wait})
      log.warn({tenant: id, loop: name, error: messageOf(error)}, 'work was put off')
    }
  }
  const begin = (id: string) => {
    if (busy.has(id) || clock.monotonic() < (trouble.get(id)?.until ?? Number.NEGATIVE_INFINITY)) return
    const run = workOn(id).then(() => {
      busy.delete(id)
      if (woken.size > 0) waker.wake()
    })
    busy.set(id, run)
  }
  const loop = async () => {
    while (!stopped) {
      for (const id of woken) {
        if (busy.size >= AT_ONCE) break
        if (busy.has(id)) continue
        woken.delete(id)
        begin(id)
      }
      await waker.wait(IDLE_MS)
    }
    await Promise.all(busy.values())
  }
  const running = loop()
  return {
    wake(tenantId) {
      woken.add(tenantId)
      waker.wake()
    },
    async stop() {
      stopped = true
      waker.wake()
      await running
    },
  }
}
