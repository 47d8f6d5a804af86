import {Agent, get} from 'node:http'
import {fastify} from 'fastify'
import {afterEach, expect, test} from 'vitest'
import {buildApi} from '../../src/api/app.ts'
import {listen} from '../../src/api/listen.ts'
import {systemClock} from '../../src/base/clock.ts'
import {testRuntime} from '../support/server.ts'
import {makePlace} from '../support/stores.ts'

const apps: ReturnType<typeof fastify>[] = []
const open = () => {
  const app = fastify()
  apps.push(app)
  return app
}
afterEach(async () => void (await Promise.all(apps.splice(0).map((app) => app.close()))))

test('gives the address to call, also of IPv6', async () => {
  expect(await listen(open(), {host: '127.0.0.1', port: 0})).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  const six = await listen(open(), {host: '::1', port: 0}).catch((error: Error) => error.message)
  expect(six).toMatch(/^http:\/\/\[::1\]:\d+$|^::1 is no address of this machine\.$/)
})

test('says in one sentence that a port is taken, and what to do', async () => {
  const port = Number(new URL(await listen(open(), {host: '127.0.0.1', port: 0})).port)
  await expect(listen(open(), {host: '127.0.0.1', port})).rejects.toMatchObject({
    message: `Port ${port} on 127.0.0.1 is taken by another program.`,
    help: 'pytake serve --port N',
  })
})

test.each([
  ['an address of another machine', '192.0.2.1', '192.0.2.1 is no address of this machine.'],
  [
    'a name that leads nowhere',
    'no-such-host.invalid',
    'no-such-host.invalid is no address, and no name that leads to one.',
  ],
])('says in one sentence that it cannot listen on %s', async (_, host, message) => {
  await expect(listen(open(), {host, port: 0})).rejects.toMatchObject({message})
})

test('says in one sentence that a port is not for everybody', async () => {
  const app = open()
  // Who runs the tests as root may use any port; the system's answer is played.
  app.listen = () => Promise.reject(Object.assign(new Error('listen EACCES'), {code: 'EACCES'})) as never
  await expect(listen(app, {host: '127.0.0.1', port: 80})).rejects.toMatchObject({
    message: 'Port 80 may not be used by this user of the system.',
    help: 'pytake serve --port 8080',
  })
})

test('closes at once although a client that was still being answered keeps its connection', async () => {
  const place = await makePlace('sqlite')
  const runtime = await testRuntime(place.env())
  let answer: () => void = () => undefined
  let asked: () => void = () => undefined
  const isAsked = new Promise<void>((resolve) => (asked = resolve))
  const slow = async () => {
    asked()
    await new Promise<void>((resolve) => (answer = resolve))
    return 'done'
  }
  const app = await buildApi({runtime, operations: {}, registerWebhooks: (scope) => void scope.get('/slow', slow)})
  const url = await listen(app, {host: '127.0.0.1', port: 0})
  const agent = new Agent({keepAlive: true})
  const answered = new Promise<number | undefined>((resolve, reject) => {
    get(`${url}/slow`, {agent}, (response) => response.resume().on('end', () => resolve(response.statusCode))).on(
      'error',
      reject,
    )
  })
  await isAsked
  const closed = app.close()
  answer()
  expect(await answered).toBe(200)
  // Fastify lets a connection wait for 72 seconds.
  const first = await Promise.race([closed.then(() => 'closed'), systemClock.sleep(10_000).then(() => 'still open')])
  agent.destroy()
  await closed
  await runtime.close()
  await place.remove()
  expect(first).toBe('closed')
}, 30_000)
