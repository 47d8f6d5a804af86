import {expect, inject, it} from 'vitest'
import {addConfig} from '../../src/channels/accounts.ts'
import {createTenant} from '../../src/tenants/lifecycle.ts'
import {engines} from '../support/stores.ts'
import {makePlace} from '../support/stores.ts'
import {postSigned, textWebhook} from '../support/webhook-post.ts'
import {APP_SECRET, eventually, openTestRuntime, openWorld, PHONE_NUMBER_ID, type World} from '../support/world.ts'
import {echoFlow} from '../support/chaos.ts'

const contents = async ({db}: Pick<World, 'db'>) =>
  (await db.read((q) => q.selectFrom('messages').select(['direction', 'content']).orderBy('id').execute())).map(
    ({direction, content}) => `${direction} ${content}`,
  )

it.for(engines)(
  'takes the same webhook 1,000 times at once for one message (%s)',
  {timeout: 60_000},
  async (engine, test) => {
    test.skip(engine === 'postgres' && !inject('postgres'), 'no PostgreSQL')
    const place = await makePlace(engine)
    const world = await openWorld(place)
    try {
      await world.apply(echoFlow)
      const maria = world.sandbox.customer({phone: '5511980000001', name: 'Maria', via: PHONE_NUMBER_ID})
      const body = textWebhook([{phoneNumberId: PHONE_NUMBER_ID, id: 'wamid.same', from: maria.waId, text: 'm1'}])
      const answers = await Promise.all(
        Array.from({length: 1000}, () => postSigned(world.server.url, body, APP_SECRET)),
      )
      expect(new Set(answers)).toEqual(new Set([200]))
      await eventually(async () => (await contents(world)).length === 2)
      expect(await contents(world)).toEqual(['inbound m1', 'outbound eco m1'])
    } finally {
      await world.close()
      await place.remove()
    }
  },
)

it.for(engines)(
  'counts only the part of the tenant whose secret signed (%s)',
  {timeout: 60_000},
  async (engine, test) => {
    test.skip(engine === 'postgres' && !inject('postgres'), 'no PostgreSQL')
    const place = await makePlace(engine)
    const setup = await openTestRuntime(place)
    const id = setup.ids.next()
    await createTenant(setup, setup.stores.control, {id, name: 'Outra'})
    await addConfig(setup, setup.stores.tenant(id), {
      name: 'outra',
      api_type: 'official',
      phone_number: '+551140000009',
      phone_number_id: '999',
      business_account_id: '102290129340398',
      access_token: 'token-9',
      app_secret: 'secret-9',
      daily_limit: null,
      rate_limit_per_minute: null,
    })
    await setup.close()
    const world = await openWorld(place)
    const other = {db: world.runtime.stores.tenant(id)}
    try {
      const ours = (id: string) => ({phoneNumberId: PHONE_NUMBER_ID, id, from: '5511980000001', text: id})
      const theirs = (id: string) => ({phoneNumberId: '999', id, from: '5511980000002', text: id})
      const post = (secret: string, ...messages: Parameters<typeof textWebhook>[0]) =>
        postSigned(world.server.url, textWebhook(messages), secret)
      expect(await post(APP_SECRET, ours('a1'), theirs('b1'))).toBe(200)
      expect(await post(APP_SECRET, theirs('b2'), ours('a2'))).toBe(200)
      expect(await post('secret-9', ours('a3'), theirs('b3'))).toBe(200)
      expect(await post('secret-9', theirs('b4'), ours('a4'))).toBe(200)
      expect(await post('nobody', ours('a5'), theirs('b5'))).toBe(401)
      await eventually(async () => (await contents(world)).length >= 2 && (await contents(other)).length >= 2)
      expect(await contents(world)).toEqual(['inbound a1', 'inbound a2'])
      expect(await contents(other)).toEqual(['inbound b3', 'inbound b4'])
    } finally {
      await world.close()
      await place.remove()
    }
  },
)
