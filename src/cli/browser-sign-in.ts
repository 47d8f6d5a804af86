import type {Clock} from '../base/clock.ts'
import {errorCodes, PytakeError} from '../base/errors.ts'
import type {Random} from '../base/ids.ts'
import {challengeOf, redeemSignIn, signInMethods} from '../operations/oidc.ts'
import type {Session} from '../operations/sign-in.ts'
import {openLoopback} from './loopback.ts'
import {callUnknown} from './sign-in.ts'

export interface BrowserSignIn {
  /** Of the server. */
  url: string
  clock: Clock
  random: Random
  /** Aborts the wait. */
  signal: AbortSignal
  /** Shows the address to the person, and opens it where that is possible. */
  show: (address: string) => void
}

/** How long a person may take. */
const PATIENCE_MS = 5 * 60_000

/**
 * Single sign-on: the browser goes to the server, from there to the company's provider, and comes back to this machine with a
 * code. Tokens are fetched with that code and a secret that never left this process, so none is ever in an address.
 * Undefined when `signal` aborts.
 */
export async function browserSignIn({url, clock, random, signal, show}: BrowserSignIn): Promise<Session | undefined> {
  const {oidc} = await callUnknown(url, signInMethods, {})
  if (!oidc) {
    throw new PytakeError('NOT_FOUND', `Single sign-on is not set up on ${url}.`, {
      help: 'pytake login --email ADDRESS',
    })
  }
  const secret = () => random.bytes(32).toString('base64url')
  const [state, verifier] = [secret(), secret()]
  await using loopback = await openLoopback(state)
  const begin = new URL(`${url}/api/v1/auth/oidc/start`)
  begin.search = new URLSearchParams({
    redirect_uri: loopback.url,
    code_challenge: challengeOf(verifier),
    state,
  }).toString()
  show(begin.href)
  const answer = await withPatience(loopback.visited, clock, signal)
  if (!answer) return undefined
  const code = answer.get('code')
  if (code === null) throw refusalIn(answer)
  return callUnknown(url, redeemSignIn, {code, code_verifier: verifier})
}

/** Undefined when `signal` aborts. Throws `PENDING` when nobody came. */
async function withPatience<T>(coming: Promise<T>, clock: Clock, signal: AbortSignal): Promise<T | undefined> {
  const over = new AbortController()
  const waited = clock.sleep(PATIENCE_MS, AbortSignal.any([signal, over.signal])).then(() => {
    if (signal.aborted || over.signal.aborted) return undefined
    throw new PytakeError('PENDING', 'Nobody came back from the browser within 5 minutes.', {
      help: 'pytake login --browser',
    })
  })
  try {
    return await Promise.race([coming, waited])
  } finally {
    over.abort()
  }
}

function refusalIn(answer: URLSearchParams): PytakeError {
  const code = errorCodes.find((known) => known === answer.get('error')) ?? 'UNAUTHORIZED'
  return new PytakeError(code, answer.get('error_description') ?? 'The server refused.')
}
