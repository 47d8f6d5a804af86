import type {Runtime} from '../runtime/runtime.ts'
import {keyById, signingKeys} from './signing-keys.ts'
import type {UserRow} from './users.ts'

type Deps = Pick<Runtime, 'stores' | 'clock' | 'ids'>

/** What an access token says. Times are seconds. */
export interface Claims {
  sub: string
  sid: string
  exp: number
}

const ISSUER = 'pytake'

/** Three parts with dots between them; API tokens have none. */
export const isJwt = (text: string): boolean => text.length < 4096 && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text)

export async function signAccess(
  deps: Deps,
  {user, sessionId, seconds}: {user: UserRow; sessionId: string; seconds: number},
): Promise<string> {
  const {SignJWT} = await import('jose')
  const [key] = await signingKeys(deps)
  if (!key) throw new Error('There is no key to sign with.')
  const now = Math.floor(deps.clock.now() / 1000)
  return new SignJWT({email: user.email, role: user.role, tenant_id: user.tenant_id, sid: sessionId})
    .setProtectedHeader({alg: 'RS256', kid: key.kid, typ: 'JWT'})
    .setIssuer(ISSUER)
    .setSubject(user.id)
    .setIssuedAt(now)
    .setExpirationTime(now + seconds)
    .sign(key.privateKey)
}

/** The claims of a token that one of our keys signed and that is still good; undefined for any other. */
export async function verifyAccess(deps: Deps, token: string): Promise<Claims | undefined> {
  const {decodeProtectedHeader, jwtVerify} = await import('jose')
  try {
    const {kid, alg} = decodeProtectedHeader(token)
    const key = kid !== undefined && alg === 'RS256' ? await keyById(deps, kid) : undefined
    if (!key) return undefined
    const {payload} = await jwtVerify(token, key.publicKey, {
      algorithms: ['RS256'],
      issuer: ISSUER,
      currentDate: new Date(deps.clock.now()),
      requiredClaims: ['sub', 'exp', 'sid'],
    })
    const {sub, exp, sid} = payload
    return sub !== undefined && exp !== undefined && typeof sid === 'string' ? {sub, exp, sid} : undefined
  } catch (error) {
    // Not ours, altered, or over: all the same to whoever presents it. Trouble of the store is not.
    if ((error as {code?: string}).code === 'UNAVAILABLE') throw error
    return undefined
  }
}
