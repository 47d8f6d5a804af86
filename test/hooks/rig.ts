import {afterAll, beforeAll, beforeEach} from 'vitest'
import {systemClock} from '../../src/base/clock.ts'
import type {Http} from '../../src/base/http.ts'
import {channels} from '../../src/channels/registry.ts'
import {HOOK_DELIVER, hooksDue} from '../../src/hooks/due.ts'
import {addHook} from '../../src/hooks/hooks.ts'
import {planHooks} from '../../src/hooks/plan.ts'
import {claimJobs} from '../../src/jobs/queue.ts'
import {runJob} from '../../src/jobs/worker.ts'
import {jobHandlers} from '../../src/operations/job-handlers.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import type {TenantDb} from '../../src/store/stores.ts'
import {createTenant} from '../../src/tenants/lifecycle.ts'
import {reachingAll} from '../support/reaching-all.ts'
import {type Answer, type RecordedRequest, recordingServer, type RecordingServer} from '../support/recording-server.ts'
import {testRuntime} from '../support/server.ts'
import type {Place} from '../support/stores.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** A fresh tenant for each test, a receiver on this machine that keeps what it was told, and a clock that can be ahead. */
export class HookRig {
  runtime!: Runtime
  db!: TenantDb
  /** The client as the program has it, which calls no address of this machine. */
  strict!: Http
  receiver!: RecordingServer
  answer!: (request: RecordedRequest, count: number) => Answer | undefined
  /** How far the clock of the program is ahead. */
  ahead = 0

  constructor(place: () => Place) {
    beforeAll(async () => {
      const clock = {
        ...systemClock,
        now: () => systemClock.now() + this.ahead,
        monotonic: () => systemClock.monotonic() + this.ahead,
      }
      const opened = await testRuntime(place().env())
      this.strict = opened.http
      this.runtime = {...opened, clock, http: reachingAll(opened.http)}
      this.receiver = await recordingServer((request, count) => this.answer(request, count))
    })
    afterAll(async () => {
      await this.receiver[Symbol.asyncDispose]()
      await this.runtime.close()
    })
    beforeEach(async () => {
      this.answer = () => ({})
      this.receiver.requests.length = 0
      const id = this.runtime.ids.next()
      await createTenant(this.runtime, this.runtime.stores.control, {id, name: `Empresa ${id.slice(-8)}`})
      this.db = this.runtime.stores.tenant(id)
    })
  }

  add(more: Partial<Parameters<typeof addHook>[2]> = {}) {
    const {runtime, db, receiver} = this
    const hook = {id: runtime.ids.next(), name: 'crm', url: `${receiver.url}/hook`, types: ['message_received']}
    return addHook(runtime, db, {...hook, ordered: false, concurrency: 4, createdBy: 'test', ...more})
  }

  /** Something happens, `n` times; it is told apart by its number. */
  happen(n: number, type = 'message_received', from = 1) {
    return this.db.write(async (tx) => {
      for (let i = from; i < from + n; i++) tx.emit({type, at: this.runtime.clock.now(), data: {n: i, text: 'olá'}})
    })
  }

  async claim() {
    const {db, runtime} = this
    const token = () => runtime.ids.next()
    const [job] = await claimJobs(db, {kinds: [HOOK_DELIVER], limit: 1, now: runtime.clock.now(), token})
    return job
  }

  /** Runs what is due now, as the server does. True when there was something. */
  async deliver() {
    const {runtime, db} = this
    await planHooks(runtime, db)
    let ran = false
    for (let job = await this.claim(); job; job = await this.claim()) {
      ran = true
      await runJob(runtime, jobHandlers(runtime, channels), {db, job, stopping: new AbortController().signal})
    }
    return ran
  }

  deliveries() {
    return this.db.read((q) => q.selectFrom('hook_deliveries').selectAll().orderBy('seq').execute())
  }

  events(type: string) {
    return this.db.read((q) => q.selectFrom('events').selectAll().where('type', '=', type).execute())
  }

  /** Numbers of what the receiver was told. */
  told() {
    return this.receiver.requests.map(({json}) => (json as {data: {n: number}}).data.n)
  }

  idsTold() {
    return this.receiver.requests.map(({headers}) => headers['webhook-id'])
  }

  dueAt() {
    return this.db.read((q) => hooksDue(q, this.runtime.clock.now()))
  }
}
