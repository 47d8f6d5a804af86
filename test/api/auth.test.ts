import {createLocalJWKSet, jwtVerify} from 'jose'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {startApi, type TestServer} from '../support/server.ts'
import {addCompany, addUser, PASSWORD} from '../support/signing-in.ts'
import {makePlace, type Place} from '../support/stores.ts'

describe('signing in over HTTP', () => {
  let place: Place
  let server: TestServer
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/api/v1${path}`, {
      method: 'POST',
      headers: {'content-type': 'application/json', ...headers},
      body: JSON.stringify(body),
    })
  const login = (email: string, password = PASSWORD) => post('/auth/login', {email, password})

  beforeAll(async () => {
    place = await makePlace('sqlite')
    server = await startApi(place.env())
    await addUser(server.runtime, await addCompany(server.runtime, 'Uma'), 'ana@example.com', 'viewer')
  })
  afterAll(async () => {
    await server.close()
    await place.remove()
  })

  it('gives a token that anybody can check with the published keys, and that opens what the role may see', async () => {
    const answer = await login('ana@example.com')
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const {access_token: token} = (await answer.json()) as {access_token: string}
    const keys = await (await fetch(`${server.url}/.well-known/jwks.json`)).json()
    const {payload, protectedHeader} = await jwtVerify(token, createLocalJWKSet(keys as never))
    expect(payload).toMatchObject({email: 'ana@example.com', role: 'viewer'})
    expect(protectedHeader).toMatchObject({alg: 'RS256', kid: expect.any(String)})
    expect(JSON.stringify(keys)).not.toMatch(/"(d|p|q)":/)
    const authorization = `Bearer ${token}`
    const see = await fetch(`${server.url}/api/v1/conversations`, {headers: {authorization}})
    expect(see.status).toBe(200)
    expect((await post('/users/invite', {email: 'b@example.com'}, {authorization})).status).toBe(403)
    expect((await post('/auth/logout', {}, {authorization})).status).toBe(200)
    expect((await post('/auth/logout', {})).status).toBe(401)
  })

  it('needs no token for what makes one, and looks at none that is sent along', async () => {
    const answer = await post(
      '/auth/login',
      {email: 'ana@example.com', password: PASSWORD},
      {authorization: 'Bearer x'},
    )
    expect(answer.status).toBe(200)
    expect((await post('/auth/register', {name: 'Eu', password: PASSWORD})).status).toBe(422)
    expect((await post('/auth/forgot-password', {email: 'ghost@example.com'})).status).toBe(202)
    expect((await post('/auth/reset-password', {token: 'pyp_x', password: PASSWORD})).status).toBe(401)
  })

  it('tells whoever guesses when to try again', async () => {
    const answers = []
    for (let n = 0; n < 6; n++) answers.push(await login('ghost@example.com', 'wrong password'))
    expect(answers.map(({status}) => status)).toEqual([401, 401, 401, 401, 401, 429])
    expect(Number(answers[5]?.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  it('takes no idempotency key: an answer with tokens is for one caller', async () => {
    const headers = {'idempotency-key': 'same'}
    const body = {email: 'ana@example.com', password: PASSWORD}
    const [one, two] = [await post('/auth/login', body, headers), await post('/auth/login', body, headers)]
    const tokens = [await one.json(), await two.json()].map(
      (answer) => (answer as {refresh_token: string}).refresh_token,
    )
    expect(tokens[0]).not.toBe(tokens[1])
  })
})
