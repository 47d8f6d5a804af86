import {fastify} from 'fastify'
import {afterEach, expect, test} from 'vitest'
import {listen} from '../../src/api/listen.ts'

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
