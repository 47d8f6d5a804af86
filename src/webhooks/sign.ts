import {createHmac} from 'node:crypto'

/** The value of `X-Hub-Signature-256` over exactly these bytes. */
export const signatureHeader = (body: Buffer, secret: string): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
