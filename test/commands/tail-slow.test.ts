import {readFileSync} from 'node:fs'
import {afterAll, beforeAll, expect, it} from 'vitest'
import type {Runtime} from '../../src/runtime/runtime.ts'
import {startServer, type Server} from '../../src/server.ts'
import {createTenant} from '../../src/tenants/lifecycle.ts'
import {createToken} from '../../src/users/tokens.ts'
import {run} from '../support/cli.ts'
import {buildProgram, type Program, startProgram} from '../support/program.ts'
import {makePlace, type Place} from '../support/stores.ts'
import {eventually, openTestRuntime} from '../support/world.ts'

const EVENTS = 20_000

let place: Place
let runtime: Runtime
let server: Server
let tenant: string
let program: Program | undefined

beforeAll(async () => {
  buildProgram()
  place = await makePlace('sqlite')
  runtime = await openTestRuntime(place)
  tenant = runtime.ids.next()
  await createTenant(runtime, runtime.stores.control, {id: tenant, name: 'Provedor'})
  server = await startServer(runtime, {host: '127.0.0.1', port: 0, only: ['api'], insecureWebhooks: false})
})
afterAll(async () => {
  await program?.kill()
  await server.stop()
  await runtime.close()
  await place.remove()
})

/** Megabytes that a process has in memory. */
const residentMb = (pid: number | undefined): number =>
  Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

it('costs a tail whose reader stopped no memory, and loses nothing', {timeout: 90_000}, async () => {
  const {token} = await createToken(runtime, runtime.stores.control, {
    id: runtime.ids.next(),
    tenantId: tenant,
    name: 'ops',
    scopes: ['*'],
    platform: false,
    expiresAt: null,
    createdBy: 'test',
  })
  const env = {XDG_CONFIG_HOME: place.home, HOME: place.home}
  const argv = ['context', 'add', 'there', '--url', server.url, '--token-stdin']
  expect((await run(argv, {env, stdin: token})).exitCode).toBe(0)
  const tail = startProgram(['tail', '--context', 'there', '--json', '--type', 'message_sent'], env)
  program = tail
  const {stdout, pid} = tail.process
  const emit = (from: number, count: number) =>
    runtime.stores.tenant(tenant).write(async (tx) => {
      const filler = 'x'.repeat(2000)
      for (let n = from; n < from + count; n++) tx.emit({type: 'message_sent', at: Date.now(), data: {n, filler}})
    })
  // Until it follows, nobody knows from where.
  await eventually(async () => {
    await emit(-1, 1)
    return tail.stdout() !== ''
  })
  stdout?.pause()
  const before = residentMb(pid)
  for (let n = 0; n < EVENTS; n += 500) await emit(n, 500)
  await new Promise((resolve) => setTimeout(resolve, 1500))
  // 41 MB were written; a window of them may be on its way.
  expect(residentMb(pid) - before).toBeLessThan(30)
  let end = ''
  const done = new Promise<void>((resolve) =>
    stdout?.on('data', (chunk: Buffer) => {
      end = `${end}${chunk.toString()}`.slice(-5000)
      if (end.includes(`"n":${EVENTS - 1},`) && end.endsWith('\n')) resolve()
    }),
  )
  stdout?.resume()
  await done
  const seen = program
    .stdout()
    .trimEnd()
    .split('\n')
    .map((line) => Number(JSON.parse(line).data.n))
  expect(seen.filter((n) => n >= 0)).toEqual(Array.from({length: EVENTS}, (_, n) => n))
  tail.process.kill('SIGTERM')
  expect(await tail.ended).toBe(0)
  expect(tail.stderr()).toBe('')
})
