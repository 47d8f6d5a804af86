import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {systemRandom} from '../../src/base/ids.ts'
import {keyOf, newSecret, signatureOf} from '../../src/hooks/signature.ts'

const bytes = (length: number) => Buffer.alloc(length, 7).toString('base64')

describe('the signature of a hook', () => {
  // Published with Standard Webhooks and used by its libraries.
  const vector = {id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1_614_265_330, body: '{"test": 2432232314}'}
  const expected = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='

  it.each(['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'])(
    'is that of the published vector with %s',
    (secret) => expect(signatureOf([secret], vector)).toBe(expected),
  )

  it.each(['README.md', 'README.pt-BR.md'])(
    'passes the check that %s shows, by the new secret and the old one',
    async (name) => {
      const {verify} = await checkOf(name)
      const secrets = [newSecret(systemRandom), newSecret(systemRandom)]
      const signed = {
        id: 'evt_1',
        timestamp: Math.floor(Date.now() / 1000),
        body: '{"type":"message_received","ç":"😀"}',
      }
      const headers = (one: typeof signed) => ({
        'webhook-id': one.id,
        'webhook-timestamp': String(one.timestamp),
        'webhook-signature': signatureOf(secrets, one),
      })
      expect(headers(signed)['webhook-signature'].split(' ')).toHaveLength(2)
      for (const secret of secrets) expect(verify(secret, headers(signed), signed.body)).toBe(true)
      expect(verify(newSecret(systemRandom), headers(signed), signed.body)).toBe(false)
      expect(verify(secrets[0] ?? '', headers(signed), `${signed.body} `)).toBe(false)
      expect(verify(secrets[0] ?? '', {...headers(signed), 'webhook-id': 'evt_2'}, signed.body)).toBe(false)
      const old = {...signed, timestamp: signed.timestamp - 600}
      expect(verify(secrets[0] ?? '', headers(old), old.body)).toBe(false)
    },
  )
})

type Verify = (secret: string, headers: Record<string, string>, body: string) => boolean

/** What people copy has to work. */
async function checkOf(readme: string): Promise<{verify: Verify}> {
  const text = readFileSync(join(import.meta.dirname, '../..', readme), 'utf8')
  const [, code = ''] = /```js\n(import [^]*?)\n```/.exec(text) ?? []
  return (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as {verify: Verify}
}

describe('a secret', () => {
  it('is made of 32 bytes, and no two are alike', () => {
    const secrets = [newSecret(systemRandom), newSecret(systemRandom)]
    for (const secret of secrets) expect(keyOf(secret)).toHaveLength(32)
    expect(secrets[0]).not.toBe(secrets[1])
  })

  it.each([
    ['24 bytes', `whsec_${bytes(24)}`, 24],
    ['64 bytes', `whsec_${bytes(64)}`, 64],
    ['no prefix', bytes(24), 24],
    ['23 bytes', `whsec_${bytes(23)}`, undefined],
    ['65 bytes', `whsec_${bytes(65)}`, undefined],
    ['no base64', 'whsec_not base64 at all, whatever it is', undefined],
    ['base64 for addresses', `whsec_${Buffer.alloc(24, 255).toString('base64url')}`, undefined],
    ['another prefix', `secret_${bytes(24)}`, undefined],
    ['nothing', '', undefined],
  ])('of %s', (_what, secret, length) => expect(keyOf(secret)?.length).toBe(length))
})
