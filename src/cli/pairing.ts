import {type Clock, systemClock} from '../base/clock.ts'
import {PytakeError} from '../base/errors.ts'
import type {Pairing} from '../operations/whatsapp-connection.ts'
import {visible} from './escape.ts'
import type {Io} from './io.ts'

const LOOK_EVERY_MS = 2000
/** A code is good for about this long; then the provider makes another. */
const CODE_LASTS_MS = 20_000
const PATIENCE_MS = 120_000

interface Steps {
  again(): Promise<Pairing>
  state(): Promise<string>
}

/** Shows what the phone needs, renewed as it expires, until the phone is there. Throws `PENDING` after two minutes. */
export async function waitForPhone(io: Io, first: Pairing, steps: Steps, clock: Clock = systemClock): Promise<void> {
  await showPairing(io, first)
  let shown = first
  let shownAt = clock.monotonic()
  const end = shownAt + PATIENCE_MS
  while (clock.monotonic() < end) {
    await clock.sleep(LOOK_EVERY_MS)
    if ((await steps.state()) === 'open') return
    if (clock.monotonic() - shownAt < CODE_LASTS_MS) continue
    const next = await steps.again()
    shownAt = clock.monotonic()
    if (next.state === 'open') return
    if (next.code !== shown.code || next.pairing_code !== shown.pairing_code) await showPairing(io, next)
    shown = next
  }
  throw new PytakeError('PENDING', 'The phone was not paired in time.', {help: 'Run the command again for a new code.'})
}

async function showPairing(io: Io, {code, pairing_code: typed}: Pairing): Promise<void> {
  if (typed !== null) {
    io.stdout.write(`${visible(typed)}\n`)
    io.stderr.write('Type this code: WhatsApp, Linked devices, Link with phone number.\n')
    return
  }
  if (code === null)
    throw new PytakeError('UNAVAILABLE', 'The provider gave no code yet.', {help: 'Try again in a moment.'})
  const {qrCode, qrText} = await import('./qr.ts')
  io.stdout.write(qrText(qrCode(code)))
  io.stderr.write('Scan this code: WhatsApp, Linked devices, Link a device.\n')
}
