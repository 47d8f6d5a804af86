import {Samples} from './samples.ts'

/** What is read of an event about a session. */
export interface FlowEvent {
  type: string
  session: string
  node: string | null
  status?: string | null
  outcome?: string | null
  /** Milliseconds. */
  at: number
}

/** What happened at one node. */
export interface NodeCounts {
  visits: number
  /** Sessions that ended here without having come to an end: silence, failure, expiry. */
  dropped: number
  outcomes: Map<string, number>
  /** Between asking and going on. */
  times: Samples
}

/** Who was taken out, by an operator, a deploy or a flow that came first, has not walked away. */
const walkedAway = new Set<string | null | undefined>(['abandoned', 'expired', 'failed'])

interface Standing {
  node: string
  since: number
}

/** Follows sessions through the events of one flow, oldest first. */
export class FlowNodes {
  readonly nodes = new Map<string, NodeCounts>()
  readonly #standing = new Map<string, Standing>()

  take({type, session, node, status, outcome, at}: FlowEvent): void {
    if (node === null) return
    const standing = this.#standing.get(session)
    if (type === 'flow_waiting' || type === 'flow_call') {
      // Asking again is no second visit.
      if (standing?.node !== node) this.#arrive(session, node, at)
    } else if (type === 'flow_step') this.#leave(session, node, outcome ?? '', at)
    else if (type === 'flow_moved') this.#standing.delete(session)
    else if (type === 'flow_ended' || type === 'flow_failed') {
      if (walkedAway.has(status)) this.#of(node).dropped++
      this.#standing.delete(session)
    }
  }

  #arrive(session: string, node: string, at: number): void {
    this.#of(node).visits++
    this.#standing.set(session, {node, since: at})
  }

  #leave(session: string, node: string, outcome: string, at: number): void {
    const counts = this.#of(node)
    const standing = this.#standing.get(session)
    // A node that does not wait is entered and left at once.
    if (standing?.node === node) counts.times.add(at - standing.since)
    else counts.visits++
    counts.outcomes.set(outcome, (counts.outcomes.get(outcome) ?? 0) + 1)
    this.#standing.delete(session)
  }

  #of(node: string): NodeCounts {
    const counts = this.nodes.get(node) ?? {visits: 0, dropped: 0, outcomes: new Map(), times: new Samples()}
    this.nodes.set(node, counts)
    return counts
  }
}
