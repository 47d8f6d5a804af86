import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, it} from 'vitest'
import {toJson} from '../../src/store/columns.ts'
import {run} from '../support/cli.ts'
import {fillSessions, manyFlows} from '../support/many-flows.ts'
import {openPeopleInside, type PeopleInside} from '../support/people-inside.ts'
import {onBothEngines} from '../support/stores.ts'

const FLOWS = 200
const SESSIONS = 2000

onBothEngines('a deploy of many flows', (place) => {
  let inside: PeopleInside
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pytake-many-'))
    inside = await openPeopleInside(place(), 'Muitos')
  })
  afterAll(async () => {
    await inside.close()
    rmSync(folder, {recursive: true, force: true})
  })

  const pytake = (...argv: string[]) => run(['flow', ...argv, '-t', 'Muitos'], {env: place().env()})
  const write = (version: number, count = FLOWS) => {
    for (const {flow, text} of manyFlows(count, version)) writeFileSync(join(folder, `${flow}.yaml`), text)
  }
  const state = () =>
    inside.db.read(async (q) => ({
      flows: await q.selectFrom('flows').select(['flow_key', 'version', 'release', 'is_active']).execute(),
      releases: Number(
        (
          await q
            .selectFrom('flow_releases')
            .select((e) => e.fn.countAll().as('n'))
            .executeTakeFirst()
        )?.n,
      ),
      inbox: (await q.selectFrom('inbox').select('id').where('state', '=', 'pending').execute()).length,
      audit: (await q.selectFrom('audit_log').select('id').execute()).length,
    }))

  it('is all done, with everybody who is inside', async () => {
    write(1)
    expect((await pytake('apply', folder, '--yes')).exitCode).toBe(0)
    await fillSessions(inside, FLOWS, SESSIONS)
    write(2)
    const ran = await pytake('apply', folder, '--yes', '--json')
    expect(ran.exitCode, ran.stderr).toBe(0)
    const moved = ran.json().data.reduce((sum: number, one: {redirected: number}) => sum + one.redirected, 0)
    expect(moved).toBe(SESSIONS)
    expect((await state()).inbox).toBe(SESSIONS)
    await inside.settle()
    const left = await inside.db.read((q) =>
      q
        .selectFrom('flow_sessions')
        .select((e) => ['current_node_id', e.fn.countAll().as('n')])
        .groupBy('current_node_id')
        .execute(),
    )
    expect(left.map(({current_node_id: node, n}) => [node, Number(n)])).toEqual([['nova', SESSIONS]])
  })

  it('is not done at all when its very last step is refused', async () => {
    // The plan's limit is looked at after everything was written.
    const limit = await run(['tenant', 'edit', 'Muitos', '--limit', `flows=${FLOWS}`], {env: place().env()})
    expect(limit.exitCode, limit.stderr).toBe(0)
    const before = await state()
    write(3, FLOWS + 1)
    const ran = await pytake('apply', folder, '--yes', '--json')
    expect(ran).toMatchObject({exitCode: 4, stdout: ''})
    expect(await state()).toEqual(before)
  }, 30_000)

  it('is never shown as empty when it could not be worked out', async () => {
    write(2)
    rmSync(join(folder, `fluxo-${FLOWS}.yaml`), {force: true})
    const none = await pytake('plan', folder, '--exit-code')
    expect(none.exitCode, none.stderr).toBe(0)
    expect(none.stdout).toContain(`= ${FLOWS} unchanged`)
    write(4)
    const flow = await inside.db.read((q) =>
      q.selectFrom('flows').select('id').where('flow_key', '=', 'fluxo-7').executeTakeFirstOrThrow(),
    )
    await inside.db.write((tx) =>
      tx.update('flow_releases', ['flow_id', 'version'], [{flow_id: flow.id, version: 2, definition: toJson({})}]),
    )
    for (const more of [[], ['--json']]) {
      const ran = await pytake('plan', folder, '--exit-code', ...more)
      expect(ran).toMatchObject({exitCode: 1, stdout: ''})
      expect(ran.stderr).not.toMatch(/unchanged|0 to/)
    }
    expect((await pytake('apply', folder, '--yes', '--json')).exitCode).toBe(1)
  })
})
