import {existsSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {expect, it} from 'vitest'
import type {EventRecord} from '../src/base/events.ts'
import {widthOf} from '../src/cli/escape.ts'
import {startDemo} from '../src/demo.ts'

// About once in thirty runs a reply waits for more than the ten seconds after which a customer speaks out of turn, and the
// conversation takes another way; where the wait comes from is not known yet.
it(
  'lets every customer have a whole conversation, hand-over and return included, and is gone afterwards',
  {retry: 2, timeout: 60_000},
  async () => {
    const steps: string[] = []
    const events: EventRecord[] = []
    const demo = await startDemo({
      templates: fileURLToPath(new URL('../templates', import.meta.url)),
      brief: true,
      port: 0,
      osUser: 'tester',
      onStep: (name, text) => steps.push(`✓ ${name.padEnd(10)} ${text}`),
      onEvent: (event) => events.push(event),
    })
    await demo.finished
    demo.goOn()
    await demo.leave()
    const {customers, in: said, out, lost, twice} = await demo.summary()
    await demo.stop()
    expect({customers, lost, twice}).toEqual({customers: 12, lost: 0, twice: 0})
    expect(said).toBe(48)
    expect(out).toBeGreaterThanOrEqual(48)
    const states = (status: string) => events.filter((event) => event.data.status === status)
    expect(states('waiting')).toHaveLength(12)
    expect(states('resolved')).toHaveLength(12)
    expect(events.filter(({type}) => type === 'unanswered')).toEqual([])
    expect(steps.filter((step) => widthOf(step) > 80)).toEqual([])
    expect(steps.join('\n')).toContain('+55 11 4000-0001 official · +55 11 4000-0002 evolution')
    expect(existsSync(demo.home)).toBe(false)
  },
)
