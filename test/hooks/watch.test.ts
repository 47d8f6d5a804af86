import {expect, it} from 'vitest'
import {createHookWatch} from '../../src/hooks/watch.ts'
import type {Stores, TenantDb} from '../../src/store/stores.ts'
import {manualClock} from '../support/manual-clock.ts'

it('a tenant is asked for its hooks once in five seconds, however much happens there', async () => {
  const clock = manualClock()
  let reads = 0
  let answer: () => Promise<unknown> = () => Promise.resolve(undefined)
  const tenant = () => ({read: () => (reads++, answer())}) as unknown as TenantDb
  const watch = createHookWatch({clock, stores: {tenant} as unknown as Stores})
  for (let n = 0; n < 1000; n++) expect(await watch.hasHooks('a')).toBe(false)
  expect(reads).toBe(1)
  answer = () => Promise.resolve({id: '1'})
  clock.skip(4999)
  expect(await watch.hasHooks('a')).toBe(false)
  clock.skip(1)
  expect(await watch.hasHooks('a')).toBe(true)
  expect(await watch.hasHooks('b')).toBe(true)
  expect(reads).toBe(3)
  answer = () => Promise.reject(new Error('disk on fire'))
  watch.forget('a')
  expect(await watch.hasHooks('a'), 'whoever has work is found later').toBe(false)
  expect(await watch.hasHooks('b')).toBe(true)
})
