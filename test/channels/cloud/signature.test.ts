import {createHmac} from 'node:crypto'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {cloud} from '../../../src/channels/cloud/channel.ts'
import {bytesOf} from '../golden.ts'

const key = '0123456789abcdef0123456789abcdef'
const readme = readFileSync(join(import.meta.dirname, '../../fixtures/whatsapp-webhooks/README.md'), 'utf8')
const vectors = [...readme.matchAll(/^\| (\S+)\.json \| ([0-9a-f]{64}) \|$/gm)].map(([, name = '', hex = '']) => ({
  name,
  hex,
}))

const verify = (rawBody: Buffer, header: string | string[] | undefined, secrets = [key]) =>
  cloud.verify({headers: {'x-hub-signature-256': header}, rawBody}, secrets)

describe('signature of a webhook', () => {
  it('has vectors to test with', () => {
    expect(vectors).toHaveLength(3)
  })

  it.each(vectors)('accepts the vector of $name', ({name, hex}) => {
    expect(verify(bytesOf('whatsapp-webhooks', name), `sha256=${hex}`)).toBe(true)
  })

  it.each(vectors)('refuses $name when one byte is different', ({name, hex}) => {
    const body = Buffer.from(bytesOf('whatsapp-webhooks', name))
    body[10] = (body[10] ?? 0) ^ 1
    expect(verify(body, `sha256=${hex}`)).toBe(false)
  })

  it('is over the bytes, not over what they mean', () => {
    const escaped = bytesOf('whatsapp-webhooks', 'raw-unicode-escaped')
    const again = Buffer.from(JSON.stringify(JSON.parse(escaped.toString('utf8'))))
    const hex = vectors.find(({name}) => name === 'raw-unicode-escaped')?.hex
    expect(verify(again, `sha256=${hex}`)).toBe(false)
  })

  const body = Buffer.from('{}')
  const sign = (secret: string) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`

  it('accepts the current and the previous secret', () => {
    expect(verify(body, sign('old'), ['new', 'old'])).toBe(true)
    expect(verify(body, sign('new'), ['new', 'old'])).toBe(true)
    expect(verify(body, sign('other'), ['new', 'old'])).toBe(false)
  })

  it.each([
    ['no header', undefined],
    ['an empty header', ''],
    ['two headers', [sign(key), sign(key)]],
    ['another algorithm', sign(key).replace('sha256=', 'sha1=')],
    ['a short one', sign(key).slice(0, -2)],
    ['a long one', `${sign(key)}00`],
    ['letters that are no hex', `sha256=${'g'.repeat(64)}`],
  ])('refuses %s', (_title, header) => {
    expect(verify(body, header)).toBe(false)
  })

  it('never accepts with no secret, or an empty one', () => {
    expect(verify(body, sign(''), [])).toBe(false)
    expect(verify(body, sign(''), [''])).toBe(false)
  })
})
