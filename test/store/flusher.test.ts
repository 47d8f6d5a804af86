import {describe, expect, it} from 'vitest'
import {createFlusher} from '../../src/store/sqlite/flusher.ts'

/** A disk whose writes end when the test says so, and a rescue that works or does not. */
function disk() {
  const syncs: {done: () => void; fail: (error: Error) => void}[] = []
  const sync = () => new Promise<void>((done, fail) => syncs.push({done, fail}))
  const rescue = {works: false, tried: 0}
  const flusher = createFlusher(sync, () => {
    rescue.tried++
    return rescue.works ? Promise.resolve() : Promise.reject(new Error('EIO'))
  })
  return {syncs, rescue, flusher}
}

const turn = () => new Promise(setImmediate)

describe('the flusher', () => {
  it('waits for a sync that began after the call', async () => {
    const {syncs, flusher} = disk()
    const told: string[] = []
    void flusher.flush().then(() => told.push('first'))
    void flusher.flush().then(() => told.push('second'))
    syncs[0]?.done()
    await turn()
    expect(told).toEqual(['first'])
    syncs[1]?.done()
    await turn()
    expect(told).toEqual(['first', 'second'])
  })

  it('syncs once for all that came while another sync ran', async () => {
    const {syncs, flusher} = disk()
    const first = flusher.flush()
    const later = Promise.all([flusher.flush(), flusher.flush(), flusher.flush()])
    syncs[0]?.done()
    await first
    await turn()
    syncs[1]?.done()
    await later
    expect(syncs).toHaveLength(2)
  })

  it('never asks a log again that failed once, until its content is safe elsewhere', async () => {
    const {syncs, rescue, flusher} = disk()
    const first = flusher.flush()
    const second = flusher.flush()
    syncs[0]?.fail(new Error('EIO'))
    await expect(first).rejects.toThrow('EIO')
    await expect(second).rejects.toThrow('EIO')
    expect([syncs.length, rescue.tried]).toEqual([1, 2])
    rescue.works = true
    await flusher.flush()
    expect([syncs.length, rescue.tried]).toEqual([1, 3])
    const later = flusher.flush()
    syncs[1]?.done()
    await later
    expect([syncs.length, rescue.tried]).toEqual([2, 3])
  })

  it('is idle when nothing is being written', async () => {
    const {syncs, flusher} = disk()
    let idle = false
    const flushed = Promise.all([flusher.flush(), flusher.flush()])
    void flusher.idle().then(() => (idle = true))
    syncs[0]?.done()
    await turn()
    expect(idle).toBe(false)
    syncs[1]?.done()
    await flushed
    await turn()
    expect(idle).toBe(true)
  })
})
