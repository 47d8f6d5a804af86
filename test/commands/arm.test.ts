import {beforeAll, expect, it} from 'vitest'
import {run} from '../support/cli.ts'
import {openTestRuntime} from '../support/world.ts'
import {openInstallation} from '../../src/runtime/installation.ts'
import {onBothEngines} from '../support/stores.ts'

onBothEngines('arm', (place) => {
  const pytake = (...argv: string[]) => run(argv, {env: place().env(), stdin: 'x'})
  const send = async (text: string) =>
    (await pytake('message', 'send', '--to', '+5511987650001', '--text', text, '--json')).json()
  const show = async (id: string) => (await pytake('message', 'show', id, '--json')).json()

  /** As a database looks that was copied: its fingerprint is another's. */
  const copy = async (more: Record<string, string> = {}) => {
    const runtime = await openTestRuntime(place())
    const {stores, ids, clock} = runtime
    await openInstallation(stores, {ids, now: clock.now(), starting: true})
    const meta = Object.entries({fingerprint: 'another', ...more}).map(([key, value]) => ({key, value}))
    await stores.control.write((tx) => tx.update('meta', ['key'], meta))
    await runtime.close()
  }

  beforeAll(async () => {
    await pytake('tenant', 'create', '--name', 'Copiada')
    await pytake(
      ...['whatsapp', 'add', '--name', 'principal', '--api-type', 'official', '--phone', '+551140000100'],
      ...['--phone-number-id', '1', '--access-token-file', '-'],
    )
  })

  it('has nothing to do where nothing was copied', async () => {
    expect((await pytake('arm', '--yes')).exitCode).toBe(6)
  })

  it('shows what is queued, asks, and makes it unknown', async () => {
    const {id} = await send('antes da cópia')
    await copy()
    const asked = await pytake('arm')
    expect(asked.exitCode).toBe(2)
    expect(asked.stderr).toContain('Copiada › principal +551140000100: 1 message is queued')
    const armed = await pytake('arm', '--yes', '--json')
    expect(armed.exitCode, armed.stderr).toBe(0)
    expect(armed.json()).toMatchObject({disarmed: null, settled: 1})
    expect(await show(id)).toMatchObject({status: 'unknown'})
    expect((await pytake('arm', '--yes')).exitCode).toBe(6)
    const config = (await pytake('whatsapp', 'show', 'principal', '--json')).json()
    expect(config.lane).toEqual({state: 'running', reason: null, queued: 0, unknown: 1, oldest_at: null})
  })

  it('queues it again when a person says so', async () => {
    const {id} = await send('outra')
    await copy()
    expect((await pytake('arm', '--resend', '--yes', '--json')).json()).toMatchObject({settled: 1})
    expect(await show(id)).toMatchObject({status: 'queued'})
    const config = (await pytake('whatsapp', 'show', 'principal', '--json')).json()
    expect(config.lane).toMatchObject({queued: 1, unknown: 1, oldest_at: expect.stringMatching(/Z$/)})
  })

  it('sends what was queued on the copy itself, which no other can have sent', async () => {
    const {id: older} = await send('antes da cópia')
    await copy()
    await pytake('arm')
    const {id: newer} = await send('depois da cópia')
    expect((await pytake('arm', '--yes')).exitCode).toBe(0)
    expect([(await show(older)).status, (await show(newer)).status]).toEqual(['unknown', 'queued'])
  })

  it('takes a copy of a copy for one more', async () => {
    await copy()
    await pytake('arm')
    const {id} = await send('nas duas cópias')
    await copy({disarmed_mark: 'the first copy'})
    await pytake('arm')
    expect((await pytake('arm', '--yes')).exitCode).toBe(0)
    expect(await show(id)).toMatchObject({status: 'unknown'})
  })
})
