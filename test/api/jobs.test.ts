import {afterAll, beforeAll, expect, it} from 'vitest'
import {invoke} from '../../src/operations/invoke.ts'
import {createTokenOperation} from '../../src/operations/tokens.ts'
import {jobRow} from '../../src/jobs/queue.ts'
import {toJson} from '../../src/store/columns.ts'
import {startApi, type TestServer} from '../support/server.ts'
import {addCompany, shell} from '../support/signing-in.ts'
import {onBothEngines} from '../support/stores.ts'

onBothEngines('GET /api/v1/jobs/{id}', (place) => {
  let server: TestServer
  let tenant: string
  let token: string
  let others: string
  let id: string

  beforeAll(async () => {
    server = await startApi(place().env())
    const {runtime} = server
    const tokenOf = async (name: string, input: object) =>
      (await invoke(runtime, createTokenOperation, {name: 'a', ...input}, {...shell, tenant: name})).token
    tenant = await addCompany(runtime, 'Uma')
    token = await tokenOf(tenant, {})
    others = await tokenOf(await addCompany(runtime, 'Outra'), {})
    id = runtime.ids.next()
    const job = {id, kind: 'erp_sync', payload: {secret: 'of nobody'}, createdBy: 'user:ana', now: 0, dueAt: 60_000}
    await runtime.stores.tenant(tenant).write((tx) => tx.insert('jobs', [jobRow({...job, maxAttempts: 3})]))
  })
  afterAll(() => server.close())

  const show = async (ref: string, who = token) => {
    const answer = await fetch(`${server.url}/api/v1/jobs/${ref}`, {headers: {authorization: `Bearer ${who}`}})
    return {status: answer.status, body: (await answer.json()) as Record<string, unknown>}
  }

  it('tells all there is of a job, and not what it was given', async () => {
    expect(await show(id)).toEqual({
      status: 200,
      body: {
        ...{id, kind: 'erp_sync', state: 'pending', attempts: 0, max_attempts: 3},
        ...{progress: null, result: null, error: null, created_by: 'user:ana'},
        ...{due_at: '1970-01-01T00:01:00.000Z', created_at: '1970-01-01T00:00:00.000Z'},
        updated_at: '1970-01-01T00:00:00.000Z',
      },
    })
  })

  it('tells how far it is and what came of it', async () => {
    const change = {id, state: 'done', attempts: 1, progress: toJson({done: 2, of: 2}), result: toJson({added: 1})}
    await server.runtime.stores.tenant(tenant).write((tx) => tx.update('jobs', ['id'], [change]))
    const told = {state: 'done', attempts: 1, progress: {done: 2, of: 2}, result: {added: 1}}
    expect((await show(id)).body).toMatchObject(told)
  })

  it('is nobody else’s, and nothing where there is none', async () => {
    for (const answer of [await show(id, others), await show(server.runtime.ids.next()), await show('x')]) {
      expect(answer).toMatchObject({status: 404, body: {error: {code: 'NOT_FOUND'}}})
    }
  })
})
