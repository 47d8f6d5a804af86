import {createHmac} from 'node:crypto'
import type {Random} from '../base/ids.ts'

/** The scheme of Standard Webhooks: HMAC-SHA256 over id, time and body, so receivers check it with libraries they have. */

const PREFIX = 'whsec_'
const BYTES = 32
const FEWEST_BYTES = 24
const MOST_BYTES = 64

/** `whsec_` and 32 random bytes in base64. */
export const newSecret = (random: Random): string => PREFIX + random.bytes(BYTES).toString('base64')

/** The key in a secret, or undefined when it is none: base64 of 24 to 64 bytes, with `whsec_` before it or not. */
export function keyOf(secret: string): Buffer | undefined {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret
  const key = Buffer.from(text, 'base64')
  const isWhole = key.toString('base64') === text
  return isWhole && key.length >= FEWEST_BYTES && key.length <= MOST_BYTES ? key : undefined
}

export interface Signed {
  id: string
  /** Seconds since 1970. */
  timestamp: number
  body: string
}

/** The header `webhook-signature`: one signature per secret, set apart by spaces; who checks takes any of them. */
export function signatureOf(secrets: readonly string[], {id, timestamp, body}: Signed): string {
  return secrets
    .map((secret) => {
      const key = keyOf(secret)
      if (!key) throw new Error('This is no secret of a hook.')
      return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
    })
    .join(' ')
}
