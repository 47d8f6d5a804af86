import {compile, type CompiledFlow} from '../flow/compile.ts'
import type {FlowDefinition} from '../flow/shape.ts'
import {type Divergence, divergence, playRecording, type Recording, unplayable} from '../flow/simulate/replay.ts'
import type {SimulatedSettings} from '../flow/simulate/state.ts'
import type {TenantDb} from '../store/stores.ts'
import {endedSessions, recordingsOf, type SessionRow} from './recordings.ts'

/** So many are read and played before others get a turn. */
const AT_ONCE = 20

/** Something that the release would do differently, and how often. */
export interface Difference extends Divergence {
  count: number
  /** One session in which it shows. */
  session: string
}

export interface Replayed {
  /** Sessions that were looked at, and those of them that no message of a customer began or that cannot be played. */
  sessions: number
  skipped: number
  same: number
  /** The most frequent first. */
  differences: Difference[]
}

interface Options {
  flowId: string
  candidate: FlowDefinition
  /** What is live beside it. */
  beside: readonly FlowDefinition[]
  settings: SimulatedSettings
  since: number
  limit: number
}

/**
 * Plays recorded conversations against the release they were held with and against another one, with the same stubs for both:
 * whatever differs is the release's doing.
 */
export async function replayFlow(db: TenantDb, options: Options): Promise<Replayed> {
  const {candidate, flowId, since, limit} = options
  const sessions = await endedSessions(db, flowId, {since, limit})
  const beside = options.beside.map((flow) => compile(flow, flow.flow))
  const releases = await releasesOf(db, flowId)
  const after = compile(candidate, 'candidate')
  const found = new Map<string, Difference>()
  let [skipped, same] = [0, 0]
  for (let n = 0; n < sessions.length; n += AT_ONCE) {
    const some = sessions.slice(n, n + AT_ONCE)
    const recordings = await recordingsOf(db, some, options.settings)
    for (const session of some) {
      const recording = recordings.get(session.id)
      const before = releases(session)
      const outcome = recording && before ? compareOn(recording, [before, after], beside) : 'skipped'
      if (outcome === 'skipped') skipped++
      else if (outcome === 'same') same++
      else note(found, outcome, session.id)
    }
  }
  const differences = [...found.values()].sort((a, b) => b.count - a.count)
  return {sessions: sessions.length, skipped, same, differences}
}

function compareOn(
  recording: Recording,
  [before, after]: readonly [CompiledFlow, CompiledFlow],
  beside: readonly CompiledFlow[],
): Divergence | 'same' | 'skipped' {
  try {
    return divergence(playRecording(before, beside, recording), playRecording(after, beside, recording)) ?? 'same'
  } catch (error) {
    if (unplayable(error) === undefined) throw error
    return 'skipped'
  }
}

function note(found: Map<string, Difference>, {kind, before, after, example}: Divergence, session: string): void {
  const key = JSON.stringify([kind, before, after])
  const known = found.get(key)
  if (known) known.count++
  else found.set(key, {kind, before, after, example, count: 1, session})
}

/** Finds the release that a session began with; it may have gone on into another flow since. */
async function releasesOf(db: TenantDb, flowId: string): Promise<(session: SessionRow) => CompiledFlow | undefined> {
  const rows = await db.read((q) =>
    q
      .selectFrom('flow_releases')
      .select(['release', 'definition', 'created_at'])
      .where('flow_id', '=', flowId)
      .orderBy('version', 'desc')
      .execute(),
  )
  const compiled = new Map<string, CompiledFlow>()
  return ({release, started_at: at}) => {
    const row = rows.find((one) => one.release === release) ?? rows.find(({created_at: made}) => made <= at)
    if (!row) return undefined
    const flow = compiled.get(row.release) ?? compile(row.definition as unknown as FlowDefinition, row.release)
    compiled.set(row.release, flow)
    return flow
  }
}
