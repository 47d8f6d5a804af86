import fc from 'fast-check'
import {createHash} from 'node:crypto'
import type {AddressInfo} from 'node:net'
import {afterAll, beforeAll, expect, it} from 'vitest'
import {buildApi} from '../../src/api/app.ts'
import {operations} from '../../src/operations/registry.ts'
import {type Documented, type DocumentedOperation, readDocument} from '../support/documented.ts'
import {furnish, nobodyAtHome, type Furnished} from '../support/furnished.ts'
import {type Call, callsOf, createMemory} from '../support/documented-calls.ts'
import {testRuntime} from '../support/server.ts'
import {addCompany} from '../support/signing-in.ts'
import {onBothEngines} from '../support/stores.ts'

const seed = Number(process.env.PYTAKE_TEST_SEED ?? Date.now() % 2 ** 31)
const RUNS = Number(process.env.PYTAKE_TEST_RUNS ?? 20)
/** Of one operation; what a slow machine leaves out is left out by all. */
const MOST_MS = 1000

/** A seed for each operation: with one for all, a run draws the same luck for every one of them. */
const seedOf = (id: string) => createHash('sha256').update(`${seed} ${id}`).digest().readInt32BE()

/** A client written from the document alone: whatever it sends, what comes back is in the document. */
onBothEngines(`a client made from the document, seed ${seed}`, (place) => {
  let url: string
  let documented: Documented
  let world: Furnished
  const kept = new Set<string>()
  const memory = createMemory(kept)
  const succeeded = new Set<string>()
  let close: () => Promise<void>

  beforeAll(async () => {
    console.log(`PYTAKE_TEST_SEED=${seed} repeats this run.`)
    const runtime = await testRuntime(place().env())
    const app = await buildApi({runtime: {...runtime, http: nobodyAtHome}, operations})
    await app.listen({host: '127.0.0.1', port: 0})
    url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
    world = await furnish(runtime)
    for (const one of world.needed) kept.add(one)
    // What the platform's operations may do away with.
    for (const name of ['Some', 'Other']) memory.add('tenants', await addCompany(runtime, name))
    for (const [tag, ids] of Object.entries(world.there)) for (const id of ids) memory.add(tag, id)
    documented = await readDocument(url)
    close = async () => {
      await app.close()
      await runtime.close()
    }
  })
  afterAll(() => close())

  const ask = async ({one, method}: DocumentedOperation, call: Call) => {
    const token = one['x-permission'] === 'tenants:manage' ? world.platform : world.token
    const answer = await fetch(`${url}${call.address}`, {
      method: method.toUpperCase(),
      headers: {authorization: `Bearer ${token}`, ...call.headers},
      body: call.body,
    })
    return {status: answer.status, type: answer.headers.get('content-type') ?? '', text: await answer.text()}
  }

  it.each(Object.values(operations).map(({id}) => id))(
    'finds %s to be as documented',
    {timeout: 60_000},
    async (id) => {
      const operation = documented.operations.find(({one}) => one.operationId === id)
      if (!operation) throw new Error(`${id} is not in the document.`)
      const [tag = ''] = operation.one.tags as string[]
      const calls = callsOf(operation, {document: documented.document, pool: memory.pool, own: memory.of(tag)})
      await fc.assert(
        fc.asyncProperty(calls, async (call) => {
          const answer = await ask(operation, call)
          const told = [
            `${call.address.slice(0, 300)}`,
            call.body?.slice(0, 1000),
            `${answer.status} ${answer.text.slice(0, 1000)}`,
          ].join('\n')
          expect(answer.status, told).not.toBe(500)
          expect(documented.problemOf(operation, answer), told).toBe('')
          if (answer.status >= 300) return
          succeeded.add(id)
          memory.look(tag, answer.text)
          if (call.json !== undefined) expect(documented.takes(operation, call.json), `accepted: ${told}`).toBe(true)
        }),
        {seed: seedOf(id), numRuns: RUNS, interruptAfterTimeLimit: MOST_MS, endOnFailure: true},
      )
    },
  )

  it('was let in often enough to tell', () => {
    const left = Object.values(operations).filter(({id}) => !succeeded.has(id))
    // 54 to 63 of 126 by chance, in nine runs; most of the others want something of the world that no document tells.
    expect(left.length, left.map(({id}) => id).join(' ')).toBeLessThan(Object.keys(operations).length * 0.6)
  })
})
