import {expect, it} from 'vitest'
import {type Http, HttpError, type HttpRequest} from '../../src/base/http.ts'
import {flowCallHandler} from '../../src/conversations/flow-call.ts'
import type {JobContext, JobOutcome} from '../../src/jobs/job.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'

/** Makes one call that may be repeated, against a server that breaks off as often as told; gives what it was asked. */
async function call({breaks, retry, headers = {}}: {breaks: number; retry: boolean; headers?: Record<string, string>}) {
  const asked: HttpRequest[] = []
  const http = {
    request: (request: HttpRequest) => {
      asked.push(request)
      if (asked.length <= breaks) return Promise.reject(new HttpError('reset', 'after', 'It broke off.'))
      return Promise.resolve({status: 200, headers: {}, body: Buffer.from('{"pedido":1}')})
    },
  } as unknown as Http
  const run = flowCallHandler({http, clock: {now: () => 0}} as unknown as Runtime)
  const outcomes: JobOutcome[] = []
  for (let attempt = 1; attempt <= 3; attempt++) {
    const request = {
      kind: 'api_call',
      data: {
        method: 'POST',
        url: 'https://loja.example/pedidos',
        headers,
        body: {n: 1},
      },
      idempotencyKey: 'sessao.pedido.1',
      retry,
      timeoutMs: 1000,
    }
    const job = {payload: {request}, attempts: attempt}
    const outcome = await run.run({job, signal: new AbortController().signal} as unknown as JobContext)
    outcomes.push(outcome)
    if (!('retryInMs' in outcome)) break
  }
  return {asked, outcomes}
}

const keys = (asked: readonly HttpRequest[]) => asked.map(({headers}) => new Headers(headers).get('idempotency-key'))

it('is repeated with the same Idempotency-Key, so that the other side can tell', async () => {
  const {asked, outcomes} = await call({breaks: 2, retry: true})
  expect(outcomes).toMatchObject([{retryInMs: 1000}, {retryInMs: 2000}, {done: {outcome: 'ok'}}])
  expect(keys(asked)).toEqual(Array(3).fill('sessao.pedido.1'))
})

it('is made once when the flow does not say that it may be repeated', async () => {
  const {asked, outcomes} = await call({breaks: 1, retry: false})
  expect(outcomes).toMatchObject([{done: {outcome: 'unknown'}}])
  expect(keys(asked)).toEqual(['sessao.pedido.1'])
})

it('has the headers that the flow writes, each once', async () => {
  const {asked} = await call({
    breaks: 0,
    retry: false,
    headers: {'Idempotency-Key': 'pedido-77', 'Content-Type': 'application/vnd.loja+json'},
  })
  expect(Object.fromEntries(new Headers(asked[0]?.headers))).toEqual({
    'idempotency-key': 'pedido-77',
    'content-type': 'application/vnd.loja+json',
  })
})
