import {expect, it} from 'vitest'
import {createTimeLimit} from '../../src/base/time-limit.ts'

const MS = 60
const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

it('ends what was not stopped in time, in the order in which it began, and nothing else', async () => {
  const over: string[] = []
  const limit = createTimeLimit<string>(MS, (one) => over.push(one))
  const running = ['a', 'b', 'c', 'd', 'e'].map((one) => limit.start(one))
  // The first, one in the middle, the last; one of them twice.
  for (const n of [0, 2, 4, 2]) limit.stop(running[n] as (typeof running)[number])
  await pass(MS / 2)
  const late = limit.start('late')
  limit.start('later')
  limit.stop(late)
  expect(over).toEqual([])
  await pass(MS)
  expect(over.slice(0, 2)).toEqual(['b', 'd'])
  await pass(MS)
  expect(over).toEqual(['b', 'd', 'later'])
  limit.start('again')
  await pass(2 * MS)
  expect(over.at(-1)).toBe('again')
})

it('may be given more while something ends', async () => {
  const over: string[] = []
  const limit = createTimeLimit<string>(MS, (one) => {
    over.push(one)
    if (over.length < 3) limit.start(`${one}+`)
  })
  limit.start('a')
  await pass(5 * MS)
  expect(over).toEqual(['a', 'a+', 'a++'])
})
