import fc from 'fast-check'
import {expect, it} from 'vitest'
import {checkToken, createToken, hashOf, isWellFormed, touchToken} from '../../src/users/tokens.ts'
import {testRuntime} from '../support/server.ts'
import {onBothEngines} from '../support/stores.ts'

onBothEngines('an API token', (place) => {
  it('is stored as a hash, mistyped ones are told without asking the store, and expiry is exact', async () => {
    let now = Date.parse('2026-11-23T12:00:00Z')
    const clock = {now: () => now, monotonic: () => now, sleep: () => Promise.resolve()}
    const runtime = await testRuntime(place().env(), {clock})
    const {control} = runtime.stores
    const {token, row} = await createToken(runtime, control, {
      id: runtime.ids.next(),
      tenantId: null,
      name: 'a',
      scopes: ['*'],
      platform: true,
      expiresAt: new Date(now + 1000),
      createdBy: 'cli:x',
    })
    expect(row.hash).toBe(hashOf(token))
    expect(JSON.stringify(await control.read((db) => db.selectFrom('api_tokens').selectAll().execute()))).not.toContain(
      token,
    )
    expect(isWellFormed(token)).toBe(true)
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom('A', 'b', '0', '_'), (index, character) => {
        const mistyped = token.slice(0, index) + character + token.slice(index + 1)
        return mistyped === token || !isWellFormed(mistyped)
      }),
    )
    expect(await checkToken(control, token, now)).toMatchObject({id: row.id, scopes: ['*'], platform: true})
    await touchToken(control, row, now)
    expect((await checkToken(control, token, now))?.last_used_at).toEqual(new Date(now))
    now += 1000
    expect(await checkToken(control, token, now)).toBeUndefined()
    await runtime.close()
  })
})
