import type {Clock} from '../base/clock.ts'
import {messageOf} from '../base/errors.ts'
import {createWaker} from '../base/waker.ts'
import type {Logger} from '../observability/logger.ts'

const TROUBLE_MS = 1000
const TROUBLE_MOST_MS = 15_000

export interface TenantLoopOptions {
  clock: Clock
  log: Logger
  /** What this loop does, for the log. */
  name: string
  /** Tenants to look at when nobody was woken. */
  tenants: () => Promise<string[]>
  /** How soon what another process wrote is seen. */
  pollMs: number
  /** Does some work of one tenant; true when there may be more. */
  work: (tenantId: string) => Promise<boolean>
}

export interface TenantLoop {
  /** There is work for this tenant, written by this process. */
  readonly wake: (tenantId: string) => void
  /** Finishes what is being done and stops. */
  stop(): Promise<void>
}

/**
 * Does work tenant by tenant: at once for those that are woken, and for all of them every so often, since other
 * processes write too. Never twice at a time for one tenant. Trouble with one tenant slows that tenant down only.
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
      if (woken.has(id)) waker.wake()
    })
    busy.set(id, run)
  }
  const loop = async () => {
    let lastPoll = Number.NEGATIVE_INFINITY
    while (!stopped) {
      for (const id of woken) {
        if (busy.has(id)) continue
        woken.delete(id)
        begin(id)
      }
      if (clock.monotonic() - lastPoll >= options.pollMs) {
        lastPoll = clock.monotonic()
        for (const id of await listed(options)) begin(id)
      }
      await waker.wait(options.pollMs)
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

async function listed({tenants, log, name}: TenantLoopOptions): Promise<string[]> {
  try {
    return await tenants()
  } catch (error) {
    log.warn({loop: name, error: messageOf(error)}, 'the tenants could not be listed')
    return []
  }
}
