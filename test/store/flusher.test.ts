import {describe, expect, it} from 'vitest'
import {createFlusher} from '../../src/store/sqlite/flusher.ts'

/** A disk whose writes end when the test says so. */
function disk() {
  const syncs: {done: () => void; fail: (error: Error) => void}[] = []
  const sync = () => new Promise<void>((done, fail) => syncs.push({done, fail}))
  return {syncs, flusher: createFlusher(sync)}
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

  it('never trusts a disk again that failed once', async () => {
    const {syncs, flusher} = disk()
    const first = flusher.flush()
    const second = flusher.flush()
    syncs[0]?.fail(new Error('EIO'))
    await expect(first).rejects.toThrow('EIO')
    await expect(second).rejects.toThrow('EIO')
    await expect(flusher.flush()).rejects.toThrow('EIO')
    expect(syncs).toHaveLength(1)
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
