import {expect, it} from 'vitest'
import {type Outside, untilStopped} from '../../src/cli/until-stopped.ts'

function outside() {
  const listeners = new Map<string, () => void>()
  const exits: number[] = []
  let now = 0
  const world: Outside = {
    on: (signal, listener) => listeners.set(signal, listener),
    off: (signal, listener) => listeners.get(signal) === listener && listeners.delete(signal),
    exit: (code) => exits.push(code),
    clock: {monotonic: () => now},
  }
  const signal = (name: 'SIGINT' | 'SIGTERM', at: number) => {
    now = at
    listeners.get(name)?.()
  }
  return {world, exits, signal, listeners}
}

it.each([
  ['Ctrl-C', 'SIGINT', 130],
  ['a stop from outside', 'SIGTERM', 0],
] as const)('stops once on %s and gives its exit code', async (_title, name, code) => {
  const {world, exits, signal} = outside()
  let stops = 0
  const ended = untilStopped(() => Promise.resolve(void stops++), undefined, world)
  signal(name, 10)
  expect(await ended).toBe(code)
  expect({stops, exits}).toEqual({stops: 1, exits: []})
})

it('takes the echo of a signal for what it is, and a second one for an order', () => {
  const {world, exits, signal} = outside()
  let stops = 0
  void untilStopped(() => new Promise(() => stops++), undefined, world)
  signal('SIGINT', 5000)
  signal('SIGINT', 5003)
  signal('SIGINT', 5900)
  expect({stops, exits}).toEqual({stops: 1, exits: []})
  signal('SIGINT', 6100)
  expect({stops, exits}).toEqual({stops: 1, exits: [130]})
})

it('stops too when what it accompanies is over, and fails when that fails', async () => {
  let stops = 0
  const stop = () => Promise.resolve(void stops++)
  expect(await untilStopped(stop, Promise.resolve(), outside().world)).toBe(0)
  await expect(untilStopped(stop, Promise.reject(new Error('broken')), outside().world)).rejects.toThrow('broken')
  expect(stops).toBe(1)
})

it('listens to signals no longer than it waits', async () => {
  const [over, broken] = [outside(), outside()]
  await untilStopped(() => Promise.resolve(), Promise.resolve(), over.world)
  await untilStopped(() => Promise.resolve(), Promise.reject(new Error('broken')), broken.world).catch(() => undefined)
  expect([over.listeners.size, broken.listeners.size]).toEqual([0, 0])
})
