import {Agent, get, type IncomingHttpHeaders} from 'node:http'
import {afterAll, beforeAll, expect, it} from 'vitest'
import {z} from 'zod'
import {platformOperation} from '../../src/operations/operation.ts'
import {startApi, type TestServer} from '../support/server.ts'
import {makePlace, type Place} from '../support/stores.ts'

const asked = platformOperation({
  id: 'naps.take',
  method: 'GET',
  path: '/naps/{ms}',
  permission: 'nobody',
  summary: 'Answer after a while.',
  input: z.strictObject({ms: z.coerce.number()}),
  output: z.object({slept: z.number()}),
  status: 200,
  async run(_context, {ms}) {
    await new Promise((resolve) => setTimeout(resolve, ms))
    return {slept: ms}
  },
})

let place: Place
let server: TestServer
/** One connection, so that an answer too many would be taken for the next one. */
const agent = new Agent({keepAlive: true, maxSockets: 1})

beforeAll(async () => {
  place = await makePlace('sqlite')
  server = await startApi({...place.env(), API_TIMEOUT: '1'}, {operations: {asked}})
})
afterAll(async () => {
  agent.destroy()
  await server.close()
  await place.remove()
})

const nap = (ms: number) =>
  new Promise<{status?: number; headers: IncomingHttpHeaders; text: string}>((resolve, reject) => {
    get(`${server.url}/api/v1/naps/${ms}`, {agent}, (answer) => {
      let text = ''
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()))
      answer.on('end', () => resolve({status: answer.statusCode, headers: answer.headers, text}))
    }).on('error', reject)
  })

it('a handler that takes too long is answered for, and what it answers later goes nowhere', async () => {
  const late = await nap(1500)
  expect([late.status, JSON.parse(late.text)]).toMatchObject([503, {error: {code: 'UNAVAILABLE'}}])
  expect(late.headers['x-request-id']).toMatch(/^req_/)
  const next = await nap(800)
  expect([next.status, JSON.parse(next.text)]).toEqual([200, {slept: 800}])
})
