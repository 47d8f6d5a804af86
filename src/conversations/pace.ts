import type {Clock} from '../base/clock.ts'

/** Turns that do not get done hold up webhooks for no longer than this. */
const PATIENCE_MS = 250

/** Keeps what is taken in step with what is handled, tenant by tenant. */
export interface Pace {
  /** Runs one batch of turns, which calls `decided` when it has only to be written; `more` tells that it left something. */
  batch<T extends {more: boolean}>(tenantId: string, run: (decided: () => void) => Promise<T>): Promise<T>
  /** Resolves at once; while turns are behind, once for each batch that is decided. For one caller a tenant at a time. */
  readonly room: (tenantId: string) => Promise<void>
}

/** Lets one commit of webhooks pass for each batch of turns. */
interface Gate {
  open: boolean
  /** A batch is in hand. */
  running: boolean
  waiting?: () => void
}

/**
 * Webhooks cost a fraction of the turns that they cause. Taken at full speed, a rush would leave the turns what is left of
 * the processor, and replies would come later and later; so while turns are behind, one commit of webhooks goes with one
 * batch of turns. It goes while the batch is being written: that is PostgreSQL's work, which leaves time for them here.
 */
export function createPace(clock: Pick<Clock, 'sleep'>): Pace {
  const gates = new Map<string, Gate>()

  const open = (tenantId: string) => {
    const gate = gates.get(tenantId)
    if (!gate) return
    gate.open = true
    gate.waiting?.()
  }
  const remove = (tenantId: string) => {
    open(tenantId)
    gates.delete(tenantId)
  }

  return {
    async batch(tenantId, run) {
      const gate = gates.get(tenantId)
      if (gate) gate.running = true
      let more = false
      try {
        const report = await run(() => open(tenantId))
        more = report.more
        return report
      } finally {
        if (gate) gate.running = false
        if (!more) remove(tenantId)
        else if (!gates.has(tenantId)) gates.set(tenantId, {open: true, running: false})
      }
    },
    async room(tenantId) {
      const gate = gates.get(tenantId)
      if (!gate) return
      if (!gate.open) {
        const passed = new AbortController()
        gate.waiting = () => passed.abort('passed')
        await clock.sleep(PATIENCE_MS, passed.signal)
        // A tenant that is suspended has nothing run any more.
        if (!passed.signal.aborted && !gate.running) remove(tenantId)
      }
      gate.open = false
    },
  }
}
