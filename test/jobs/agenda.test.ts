import {copyFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {createIds} from '../../src/base/ids.ts'
import {type Agenda, startAgenda} from '../../src/jobs/agenda.ts'
import {createHints, type Hints, readHints} from '../../src/jobs/hints.ts'
import {jobRow} from '../../src/jobs/queue.ts'
import {silentLogger as log} from '../../src/observability/logger.ts'
import {nextDue} from '../../src/operations/next-due.ts'
import {changeMark} from '../../src/store/sqlite/change-mark.ts'
import type {Stores} from '../../src/store/stores.ts'
import {defaultSettings} from '../../src/tenants/tenants.ts'
import type {TenantInfo} from '../../src/tenants/tenant-cache.ts'
import {manualClock, type ManualClock} from '../support/manual-clock.ts'
import {makePlace, onBothEngines, type Place} from '../support/stores.ts'

/** A server's agenda with nobody behind it: what it would wake is written down, and how often a tenant is opened. */
interface Watched {
  woken: string[]
  opened: string[]
  agenda: Agenda
}

function watch(stores: Stores, clock: ManualClock, {home, engine}: Place, tenants: readonly string[]): Watched {
  const woken: string[] = []
  const opened: string[] = []
  const agenda = startAgenda({
    control: stores.control,
    clock,
    log,
    tenants: () => Promise.resolve([...tenants]),
    nextDue(id) {
      opened.push(id)
      return nextDue({stores, clock}, {id, settings: defaultSettings} as TenantInfo)
    },
    mark: (id) => (engine === 'sqlite' ? changeMark(home, id) : undefined),
    wake: (id) => woken.push(id),
  })
  return {woken, opened, agenda}
}

onBothEngines('the agenda', (place) => {
  let clock: ManualClock
  let stores: Stores
  let other: Stores
  let hints: Hints
  let server: Watched
  let id: string

  beforeEach(async () => {
    clock = manualClock()
    stores = await place().open({clock})
    // Another process, on the same data.
    other = await place().open({clock})
    hints = createHints({control: other.control, clock, log})
    id = createIds(clock).next()
    await stores.migrateTenant(id)
    server = watch(stores, clock, place(), [id])
    await clock.pass(5000)
    server.woken.length = 0
  })
  afterEach(async () => {
    const ended = server.agenda.stop()
    await ended
    await other.close()
    await stores.close()
  })

  const addJob = (dueAt: number) =>
    other
      .tenant(id)
      .write((tx) =>
        tx.insert('jobs', [
          jobRow({id: createIds(clock).next(), kind: 'x', payload: {}, createdBy: 'test', now: clock.now(), dueAt}),
        ]),
      )
  const hinted = async () => (await readHints(stores.control)).filter(({tenantId}) => tenantId === id)
  const finishJobs = () => other.tenant(id).write((tx) => tx.db.updateTable('jobs').set({state: 'done'}).execute())

  it('sees within a second what another process hinted at, though its commit came seconds after the hint', async () => {
    await hints.announce(id)
    await clock.pass(4000)
    expect(server.woken).toEqual([])
    await addJob(clock.now())
    await clock.pass(1000)
    expect(server.woken).toContain(id)
    await finishJobs()
    await clock.pass(12_000)
    expect(await hinted()).toEqual([])
  })

  it('costs another process one write for many hints', async () => {
    for (let n = 0; n < 50; n++) await hints.announce(id)
    expect(await hinted()).toEqual([{tenantId: id, at: clock.now(), marks: 1}])
    await clock.pass(3000)
    await hints.announce(id)
    expect(await hinted()).toEqual([{tenantId: id, at: clock.now() - 3000, marks: 2}])
  })

  it('does what falls due in time, and tells others when that is', async () => {
    const due = clock.now() + 90_400
    await addJob(due)
    server.agenda.touched(id)
    await clock.pass(89_000)
    expect(server.woken).toEqual([])
    const [hint] = await hinted()
    expect(hint).toMatchObject({tenantId: id, at: Math.floor(due / 1000) * 1000})
    await clock.pass(due - clock.now() + 600)
    expect(server.woken).toContain(id)
    await finishJobs()
    await clock.pass(12_000)
    expect(await hinted()).toEqual([])
  })

  it('finds within a minute what nobody hinted at', async () => {
    await addJob(clock.now())
    await clock.pass(60_000)
    expect(server.woken).toContain(id)
  })

  it('wakes everybody at the start, since a process may have died in the middle of something', async () => {
    await server.agenda.stop()
    server = watch(stores, clock, place(), [id])
    await clock.pass(1000)
    expect(server.woken).toEqual([id])
  })

  it('needs no hint for what a server of its own process does', async () => {
    const woken: string[] = []
    const detach = hints.attach({all: true, wake: (tenant) => woken.push(tenant)})
    await hints.announce(id)
    hints.committed(id)
    expect(woken).toEqual([id])
    expect(await hinted()).toEqual([])
    detach()
    hints.committed(id)
    expect(woken).toEqual([id])
  })
})

describe('three hundred idle tenants', () => {
  const COUNT = 300

  it(
    'are opened by nobody for a minute, and one that another process wrote to is found',
    {timeout: 120_000},
    async () => {
      const place = await makePlace('sqlite')
      const clock = manualClock()
      const ids = createIds(clock)
      const tenants = Array.from({length: COUNT}, () => ids.next())
      const [first = '', ...rest] = tenants
      const making = await place.open({clock})
      await making.migrateTenant(first)
      await making.close()
      const pathOf = (id: string) => join(place.home, 'tenants', `${id}.db`)
      for (const id of rest) copyFileSync(pathOf(first), pathOf(id))
      const stores = await place.open({clock})
      const server = watch(stores, clock, place, tenants)
      try {
        await clock.pass(190_000)
        expect(new Set(server.woken).size).toBe(COUNT)
        server.woken.length = 0
        server.opened.length = 0
        await clock.pass(60_000)
        expect(server.opened).toEqual([])
        expect(server.woken).toEqual([])
        await stores
          .tenant(rest[7] ?? '')
          .write((tx) =>
            tx.insert('jobs', [jobRow({id: ids.next(), kind: 'x', payload: {}, createdBy: 'test', now: clock.now()})]),
          )
        await clock.pass(60_500)
        expect(new Set(server.woken)).toEqual(new Set([rest[7]]))
      } finally {
        await server.agenda.stop()
        await stores.close()
        await place.remove()
      }
    },
  )
})
