import {createHmac, timingSafeEqual} from 'node:crypto'
import type {AddressInfo} from 'node:net'
import fastify, {type FastifyReply} from 'fastify'
import {answerTasks} from './child.ts'
import {APP_SECRET} from './names.ts'

// The bare limit: the same HTTP server, which checks the signature over the raw bytes, parses the JSON, and does nothing.
const app = fastify()
app.removeAllContentTypeParsers()
app.addContentTypeParser('application/json', {parseAs: 'buffer'}, (_request, body, done) => done(null, body))
app.post('/api/v1/whatsapp/webhook', async (request, reply) => {
  const body = request.body as Buffer
  const given = Buffer.from(String(request.headers['x-hub-signature-256']).slice('sha256='.length), 'hex')
  const expected = createHmac('sha256', APP_SECRET).update(body).digest()
  if (given.length !== expected.length || !timingSafeEqual(expected, given)) return reply.code(401).send()
  const parsed = JSON.parse(body.toString('utf8')) as {entry: unknown[]}
  return {entries: parsed.entry.length}
})

/** Answers of ours, by name: a route that gives back the same bytes and knows nobody. */
const answers = new Map<string, {status: number; text: string}>()
const sendAnswer = (name: string, reply: FastifyReply) => {
  const answer = answers.get(name)
  return reply
    .code(answer?.status ?? 404)
    .type('application/json; charset=utf-8')
    .send(answer?.text ?? '{}')
}
app.get<{Params: {name: string}}>('/bare/:name', (request, reply) => sendAnswer(request.params.name, reply))
app.post<{Params: {name: string}}>('/bare/:name', (request, reply) => {
  JSON.parse((request.body as Buffer).toString('utf8'))
  return sendAnswer(request.params.name, reply)
})

answerTasks(
  {
    answer({name, ...answer}: {name: string; status: number; text: string}) {
      answers.set(name, answer)
    },
    async start() {
      await app.listen({host: '127.0.0.1', port: 0})
      return (app.server.address() as AddressInfo).port
    },
  },
  () => app.close(),
)
