import {generateKeyPair} from 'node:crypto'
import {promisify} from 'node:util'
import type {CryptoKey, JWK} from 'jose'
import type {Runtime} from '../runtime/runtime.ts'
import type {ControlDb} from '../store/stores.ts'

type Deps = Pick<Runtime, 'stores' | 'clock' | 'ids'>

/** The newest key signs; every key that is published verifies. */
export interface SigningKey {
  kid: string
  publicJwk: JWK
  publicKey: CryptoKey
  privateKey: CryptoKey
}

/** A token names a key that this process has not seen yet: another one may have made it. Not asked more often. */
const LOOK_AGAIN_MS = 5000

interface Keyring {
  keys: SigningKey[]
  readAt: number
}

/** Read once for each control database of this process. */
const keyrings = new WeakMap<ControlDb, Keyring>()

const place = (kid: string) => ({tenant: '', table: 'signing_keys', column: 'private_key', row: kid})

/** All keys, the newest first; the first is made when there is none. */
export async function signingKeys(deps: Deps): Promise<readonly SigningKey[]> {
  const known = keyrings.get(deps.stores.control)
  if (known && known.keys.length > 0) return known.keys
  const keys = await readKeys(deps)
  if (keys.length > 0) return keys
  await makeSigningKey(deps)
  return readKeys(deps)
}

export async function keyById(deps: Deps, kid: string): Promise<SigningKey | undefined> {
  const found = (await signingKeys(deps)).find((key) => key.kid === kid)
  const known = keyrings.get(deps.stores.control)
  if (found || !known || deps.clock.monotonic() - known.readAt < LOOK_AGAIN_MS) return found
  return (await readKeys(deps)).find((key) => key.kid === kid)
}

/** From now on this one signs. Those before go on verifying. */
export async function makeSigningKey(deps: Deps): Promise<string> {
  const {stores, clock, ids} = deps
  const {publicKey, privateKey} = await promisify(generateKeyPair)('rsa', {modulusLength: 2048})
  const kid = ids.next()
  const row = {
    kid,
    public_jwk: JSON.stringify({...publicKey.export({format: 'jwk'}), kid, alg: 'RS256', use: 'sig'}),
    private_key: stores.vault.seal(privateKey.export({type: 'pkcs8', format: 'pem'}).toString(), place(kid)),
    created_at: new Date(clock.now()),
  }
  await stores.control.write((tx) => tx.insert('signing_keys', [row]))
  keyrings.delete(stores.control)
  return kid
}

async function readKeys({stores, clock}: Deps): Promise<SigningKey[]> {
  const {importJWK, importPKCS8} = await import('jose')
  const rows = await stores.control.read((db) =>
    db.selectFrom('signing_keys').selectAll().orderBy('created_at', 'desc').orderBy('kid', 'desc').execute(),
  )
  const keys: SigningKey[] = []
  for (const {kid, public_jwk: jwk, private_key: sealed} of rows) {
    const publicJwk = JSON.parse(jwk) as JWK
    keys.push({
      kid,
      publicJwk,
      publicKey: (await importJWK(publicJwk, 'RS256')) as CryptoKey,
      privateKey: await importPKCS8(stores.vault.open(sealed, place(kid)), 'RS256'),
    })
  }
  keyrings.set(stores.control, {keys, readAt: clock.monotonic()})
  return keys
}
