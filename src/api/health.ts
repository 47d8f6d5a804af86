import type {FastifyInstance} from 'fastify'
import {messageOf} from '../base/errors.ts'

/** One thing that must work before this process may be sent work. */
export interface HealthCheck {
  name: string
  /** Resolves with what to tell when all is well; rejects when it is not. */
  check: () => Promise<string | void>
}

/** `/health/live`: the process answers. `/health/ready`: everything it needs does. */
export function addHealth(app: FastifyInstance, checks: readonly HealthCheck[]): void {
  app.get('/health/live', () => ({status: 'ok'}))
  app.get('/health/ready', async (_request, reply) => {
    const results = await Promise.all(checks.map(run))
    const ok = results.every((result) => result.ok)
    void reply.code(ok ? 200 : 503)
    return {status: ok ? 'ok' : 'not ready', checks: results}
  })
}

async function run({name, check}: HealthCheck): Promise<{name: string; ok: boolean; message?: string}> {
  try {
    const message = await check()
    return {name, ok: true, ...(message ? {message} : {})}
  } catch (error) {
    return {name, ok: false, message: messageOf(error)}
  }
}
