import {invalid} from '../base/errors.ts'

/** OWASP's parameters for Argon2id: 19 MiB, two passes, one lane. */
const cost = {memoryCost: 19_456, timeCost: 2, parallelism: 1}
/** As the library numbers them; its own name is a const enum, which is gone when types are. */
const ARGON2ID = 2
const CURRENT = `$argon2id$v=19$m=${cost.memoryCost},t=${cost.timeCost},p=${cost.parallelism}$`

const SHORTEST_PASSWORD = 10

/** Loaded when a password is at hand: a command that has none does not pay for the library. */
const argon2 = () => import('@node-rs/argon2')

/** Runs in libuv's threads, beside whatever else the process answers. */
export async function hashPassword(password: string): Promise<string> {
  const {hash} = await argon2()
  return hash(password, {algorithm: ARGON2ID, ...cost})
}

/** What the hash of a user who is not there is: looking for one takes as long as a wrong password. */
let nobody: Promise<string> | undefined

/** False too when there is no hash; that takes the same time. */
export async function checkPassword(hash: string | undefined, password: string): Promise<boolean> {
  const {verify} = await argon2()
  nobody ??= hashPassword('nobody has this password')
  const matches = await verify(hash ?? (await nobody), password).catch(() => false)
  return matches && hash !== undefined
}

/** Was it made with other parameters than today's? */
export const isOutdated = (hash: string): boolean => !hash.startsWith(CURRENT)

/** Length is what counts; rules of composition only make passwords that are forgotten. */
export function refuseWeakPassword(password: string, email: string): void {
  if ([...password].length < SHORTEST_PASSWORD) {
    throw invalid('password', `must have ${SHORTEST_PASSWORD} characters or more`)
  }
  const [account] = email.split('@')
  const isName = password.toLowerCase() === email || password.toLowerCase() === account
  if (isName || new Set(password).size < 4) throw invalid('password', 'is too easy to guess')
}
