import {monitorEventLoopDelay} from 'node:perf_hooks'
import {serve} from '../../src/server.ts'
import {workOnTenant} from './chaos-tenants.ts'

if (process.env.CHAOS_TENANT) {
  await workOnTenant(process.env)
  process.exit(0)
}

/** A whole server in a process of its own, to be killed. Talks to its parent over IPC and dies with it. */
const server = await serve({env: process.env, host: '127.0.0.1', port: Number(process.env.CHAOS_PORT)})
const delay = monitorEventLoopDelay({resolution: 5})

process.on('message', (question) => {
  if (question === 'watch') {
    delay.reset()
    delay.enable()
  } else process.send?.({delayMs: delay.percentile(99) / 1e6})
})
process.on('disconnect', () => process.exit(0))
process.on('SIGTERM', () => void server.stop().then(() => process.exit(0)))
process.send?.({ready: server.url})
