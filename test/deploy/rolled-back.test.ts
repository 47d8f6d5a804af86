import {afterAll, beforeAll, expect, it} from 'vitest'
import {analyseFlow} from '../../src/operations/flow-analytics.ts'
import {planFlowsOperation} from '../../src/operations/flow-deploy.ts'
import {countPeople, listReleases} from '../../src/operations/flow-releases.ts'
import {listFlowSessions} from '../../src/operations/flow-sessions.ts'
import {localClient} from '../../src/operations/local.ts'
import {openPeopleInside, type PeopleInside} from '../support/people-inside.ts'
import {onBothEngines} from '../support/stores.ts'
import {applyTo} from '../support/world.ts'

const flow = (text: string) => `
flow: menu
trigger: {type: keyword, keywords: [oi]}
nodes:
  - {id: pergunta, type: message, data: {text: "${text}"}, next: espera}
  - {id: espera, type: wait, data: {save_as: x}, next: fim}
  - {id: fim, type: end}
`

onBothEngines('a release that was rolled back to', (place) => {
  let inside: PeopleInside
  const client = () => localClient(inside.runtime, {osUser: 'ana', tenant: 'Voltas'})
  beforeAll(async () => {
    inside = await openPeopleInside(place(), 'Voltas')
    const publish = async (text: string) => {
      inside.clock.skip(60_000)
      await applyTo(inside.runtime, inside.db, [flow(text)])
    }
    await publish('Um')
    for (const customer of [1, 2, 3]) await inside.say(customer, 'oi')
    await inside.say(3, 'pronto')
    await publish('Dois')
    await inside.say(4, 'oi')
    await publish('Um')
    await inside.say(5, 'oi')
  })
  afterAll(() => inside.close())

  it('has nobody of the release whose content it repeats, in lists and counts', async () => {
    const history = await client().call(listReleases, {id: 'menu'})
    expect(history.data.map(({version, people}) => [version, people])).toEqual([
      [3, 1],
      [2, 1],
      [1, 2],
    ])
    const sessions = await client().call(listFlowSessions, {status: 'any'})
    expect(sessions.data.map(({contact_name: name, version}) => [name, version])).toEqual([
      ['Cliente 5', 3],
      ['Cliente 4', 2],
      ['Cliente 3', 1],
      ['Cliente 2', 1],
      ['Cliente 1', 1],
    ])
    const people = await client().call(countPeople, {id: 'menu'})
    expect(people.data.map(({version, count}) => [version, count]).sort()).toEqual([
      [1, 2],
      [2, 1],
      [3, 1],
    ])
  })

  it('takes no statistics from it', async () => {
    const {releases} = await client().call(analyseFlow, {id: 'menu'})
    expect(releases.map(({version, started, completed}) => [version, started, completed])).toEqual([
      [3, 1, 0],
      [2, 1, 0],
      [1, 3, 1],
    ])
  })

  it('is told apart from it in a plan', async () => {
    const files = [{name: 'menu.yaml', text: flow('Três')}]
    const {flows} = await client().call(planFlowsOperation, {files})
    expect(flows[0]?.people.map(({version, count}) => [version, count]).sort()).toEqual([
      [1, 2],
      [2, 1],
      [3, 1],
    ])
  })
})
