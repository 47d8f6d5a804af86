import {afterAll, beforeAll, expect, it} from 'vitest'
import {type AuditEntry, recordTogether, type StampTables} from '../../src/operations/stamp.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import type {Database} from '../../src/store/database.ts'
import type {TenantDb} from '../../src/store/stores.ts'
import {createTenant} from '../../src/tenants/lifecycle.ts'
import {testRuntime} from '../support/server.ts'
import {onBothEngines} from '../support/stores.ts'

onBothEngines('what is recorded together', (place) => {
  let runtime: Runtime
  let db: TenantDb
  let writes = 0
  let isBroken = false
  /** Counts transactions, and fails them when asked to. */
  let counted: Database<StampTables>

  beforeAll(async () => {
    runtime = await testRuntime(place().env())
    const id = runtime.ids.next()
    await createTenant(runtime, runtime.stores.control, {id, name: 'Uma'})
    db = runtime.stores.tenant(id)
    const plain = db as unknown as Database<StampTables>
    counted = {
      ...{engine: db.engine, name: db.name, read: (run) => plain.read(run)},
      ...{reclaim: () => plain.reclaim(), close: () => plain.close()},
      write(run) {
        writes++
        return plain.write(async (tx) => {
          const answer = await run(tx)
          if (isBroken) throw new Error('the disk is full')
          return answer
        })
      },
    }
  })
  afterAll(() => runtime.close())

  const entry = (n: number): AuditEntry => ({
    id: runtime.ids.next(),
    principal: 'cli:ana',
    action: 'contacts.show',
    resource: String(n),
    at: new Date(),
  })
  const recorded = async () => {
    const rows = await db.read((q) => q.selectFrom('audit_log').select('resource_id').orderBy('id').execute())
    return rows.map((row) => Number(row.resource_id))
  }
  const record = (numbers: number[]) => Promise.all(numbers.map((n) => recordTogether(counted, entry(n))))

  it('is all there when it resolves, in one commit for those that came together', async () => {
    const some = Array.from({length: 40}, (_, n) => n)
    await record(some)
    expect(await recorded()).toEqual(some)
    expect(writes).toBe(1)
    await record([40])
    expect(await recorded()).toEqual([...some, 40])
    expect(writes).toBe(2)
  })

  it('is told to everybody when it cannot be written, and the next is written again', async () => {
    const before = await recorded()
    isBroken = true
    const [one, other] = await Promise.allSettled([
      recordTogether(counted, entry(50)),
      recordTogether(counted, entry(51)),
    ])
    expect([one.status, other.status]).toEqual(['rejected', 'rejected'])
    isBroken = false
    await record([52])
    expect(await recorded()).toEqual([...before, 52])
  })
})
