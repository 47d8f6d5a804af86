import {type Clock, systemClock} from '../base/clock.ts'
import type {Job} from '../operations/jobs.ts'

const LOOK_MS = 500
const PATIENCE_MS = 10 * 60_000

/** Looks at a job until it is over, for ten minutes at most, and says how far it is. */
export async function watchJob(
  first: Job,
  look: () => Promise<Job>,
  say: (text: string) => void,
  clock: Pick<Clock, 'monotonic' | 'sleep'> = systemClock,
): Promise<Job> {
  const end = clock.monotonic() + PATIENCE_MS
  let job = first
  let told = ''
  while ((job.state === 'pending' || job.state === 'running') && clock.monotonic() < end) {
    await clock.sleep(LOOK_MS)
    job = await look()
    const progress = job.progress === null ? '' : JSON.stringify(job.progress)
    if (progress !== told && job.state === 'running') say(progress)
    told = progress
    // It waits for its next attempt: nothing happens for a while.
    if (job.state === 'pending' && job.error !== null) return job
  }
  return job
}
