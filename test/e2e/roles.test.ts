import {afterAll, beforeAll, expect, it} from 'vitest'
import type {Runtime} from '../../src/runtime/runtime.ts'
import {type Role, type Server, startServer} from '../../src/server.ts'
import {onBothEngines} from '../support/stores.ts'
import {openTestRuntime, openWorld, PHONE_NUMBER_ID, type World} from '../support/world.ts'

const echo = `
flow: eco
trigger: {type: message_received}
nodes:
  - {id: eco, type: message, data: {text: "eco {{response}}"}, next: espera}
  - {id: espera, type: wait, data: {timeout: 2s}}
  - {id: tchau, type: message, data: {text: "Até logo."}}
edges:
  - {source: espera, target: tchau, condition: "outcome == 'timeout'"}
`

onBothEngines('roles in processes of their own', (place) => {
  let world: World
  const others: {runtime: Runtime; server: Server}[] = []
  beforeAll(async () => {
    world = await openWorld(place(), {server: {only: ['webhooks', 'api']}})
    await world.apply(echo)
    for (const only of [['flows'], ['sender'], ['scheduler']] as Role[][]) {
      const runtime = await openTestRuntime(place())
      const options = {host: '127.0.0.1', port: 0, only, insecureWebhooks: false}
      others.push({runtime, server: await startServer(runtime, options)})
    }
  })
  afterAll(async () => {
    for (const {runtime, server} of others) {
      await server.stop()
      await runtime.close()
    }
    await world.close()
  })

  it('tell one another of work, now and when it falls due', async () => {
    const who = world.sandbox.customer({phone: '5511987659001', name: 'Ana', via: PHONE_NUMBER_ID})
    who.say('oi')
    await who.waitFor(2, 20_000)
    expect(who.received.map(({text}) => text)).toEqual(['eco oi', 'Até logo.'])
  })
})
