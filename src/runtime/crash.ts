/** Named places where a process may die. Outside tests passing one does nothing. */
export const crashPoints = [
  'webhook.before_commit',
  'webhook.after_commit',
  'turn.before_commit',
  'turn.after_commit',
  'job.claimed',
  'job.before_commit',
  'job.after_commit',
  'lane.claimed',
  'lane.before_sending',
  'lane.after_sending',
  'lane.request_written',
  'lane.answer_read',
  'lane.before_result',
  'lane.after_result',
  'status.before_commit',
  'status.after_commit',
  'tenant.intent',
  'tenant.prepared',
  'tenant.active',
  'tenant.removing',
  'tenant.retired',
  'migrate.before_commit',
  'migrate.tenant',
] as const

export type CrashPoint = (typeof crashPoints)[number]

export type Crash = (point: CrashPoint) => void

export const noCrash: Crash = () => undefined

/**
 * Kills the process at the `nth` passage of a point: `PYTAKE_CRASH=lane.request_written:3`. SIGKILL, so nothing is
 * flushed or closed; `:stop` after it stops the process where it stands instead. Read only when `PYTAKE_ENV=test`.
 */
export function crashFromEnv(env: Readonly<Record<string, string | undefined>>): Crash {
  if (env.PYTAKE_ENV !== 'test' || !env.PYTAKE_CRASH) return noCrash
  const [point, nth, how] = env.PYTAKE_CRASH.split(':')
  let left = Number(nth ?? 1)
  return (passed) => {
    if (passed === point && --left === 0) process.kill(process.pid, how === 'stop' ? 'SIGSTOP' : 'SIGKILL')
  }
}
