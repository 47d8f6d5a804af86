import {createHmac} from 'node:crypto'

/**
 * JSON as Meta writes it: everything outside ASCII as `\uXXXX` in lower-case hex, each slash as `\/`. These are the
 * bytes that are signed.
 */
export function metaJson(value: unknown): string {
  const text = JSON.stringify(value)
  return text.replace(/[/\u0080-\uffff]/g, (char) =>
    char === '/' ? '\\/' : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Value of `X-Hub-Signature-256` for these bytes. */
export const signatureOf = (body: string, appSecret: string) =>
  `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}`
