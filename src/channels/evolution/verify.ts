import {createHash, timingSafeEqual} from 'node:crypto'
import type {WebhookRequest} from '../channel.ts'

/** The header that our `setWebhook` asks the server to send: Evolution signs no bodies. */
export const SECRET_HEADER = 'x-webhook-secret'

/** True when the header is one of the secrets. Digests are compared, so neither length nor place of a secret shows. */
export function verifySecret(request: WebhookRequest, secrets: readonly string[]): boolean {
  const given = request.headers[SECRET_HEADER]
  if (typeof given !== 'string' || given === '') return false
  const digest = digestOf(given)
  let matches = false
  for (const secret of secrets) {
    if (secret !== '' && timingSafeEqual(digestOf(secret), digest)) matches = true
  }
  return matches
}

const digestOf = (text: string) => createHash('sha256').update(text).digest()
