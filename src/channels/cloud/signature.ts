import {createHmac, timingSafeEqual} from 'node:crypto'
import type {WebhookRequest} from '../channel.ts'

const HEX_LENGTH = 64
const PREFIX = 'sha256='

/** True when `X-Hub-Signature-256` is the HMAC of the exact bytes under one of the secrets. All are tried, always. */
export function verifySignature(request: WebhookRequest, secrets: readonly string[]): boolean {
  const given = signatureOf(request.headers['x-hub-signature-256'])
  if (given === undefined) return false
  let matches = false
  for (const secret of secrets) {
    if (secret === '') continue
    const expected = createHmac('sha256', secret).update(request.rawBody).digest()
    if (timingSafeEqual(expected, given)) matches = true
  }
  return matches
}

function signatureOf(header: string | string[] | undefined): Buffer | undefined {
  if (typeof header !== 'string' || !header.startsWith(PREFIX)) return undefined
  const hex = header.slice(PREFIX.length)
  return hex.length === HEX_LENGTH && /^[0-9a-f]+$/i.test(hex) ? Buffer.from(hex, 'hex') : undefined
}
