import type {FastifyInstance, FastifyReply, FastifyRequest} from 'fastify'
import {z} from 'zod'
import {messageOf, PytakeError} from '../base/errors.ts'
import {parseInput} from '../operations/input.ts'
import {invoke} from '../operations/invoke.ts'
import {admitPerson, challenge, challengeOf, redeemSignIn} from '../operations/oidc.ts'
import {anonymous} from '../operations/principal.ts'
import type {Runtime} from '../runtime/runtime.ts'
import {type Attempt, identityProvider, type IdentityProvider} from '../users/identity-provider.ts'
import {toPytakeError} from './envelope.ts'

const PATH = '/auth/oidc'
const COOKIE = 'pytake_sign_in'
/** How long a person may take at the provider. */
const COOKIE_SECONDS = 600

/** A program on the browser's machine that waits for its person. Any other address could be somebody else's. */
const loopback = z
  .url({protocol: /^http$/, hostname: /^(127\.0\.0\.1|\[::1\])$/, error: 'must be http://127.0.0.1:PORT/…'})
  .max(300)

const Start = z
  .strictObject({redirect_uri: loopback, code_challenge: challenge, state: z.string().min(16).max(200)})
  .partial()
  .refine((given) => [0, 3].includes(Object.keys(given).length), {
    error: 'redirect_uri, code_challenge and state go together',
  })

/** What the browser keeps between start and callback, sealed with our key. */
interface Kept {
  attempt: Attempt
  expiresAt: number
  /** The program that began it, told the end by a redirect. */
  program?: {redirectUri: string; challenge: string; state: string}
}

/**
 * Single sign-on in the browser. Both are pages and no operations: what they answer is a redirect and a cookie. Nothing is
 * stored before somebody is known, so nobody can fill anything by beginning.
 */
export function addSingleSignOn(scope: FastifyInstance, runtime: Runtime): void {
  const provider = identityProvider(runtime)
  const config = {isOpen: true}
  scope.get(`${PATH}/start`, {config}, async (request, reply) => {
    const given = parseInput(Start, request.query)
    const {url, attempt} = await logged(runtime, () => providerOf(provider).begin(callbackOf(runtime, request)))
    const kept: Kept = {attempt, expiresAt: runtime.clock.now() + COOKIE_SECONDS * 1000}
    const {redirect_uri: redirectUri, code_challenge, state} = given
    if (redirectUri !== undefined && code_challenge !== undefined && state !== undefined)
      kept.program = {redirectUri, challenge: code_challenge, state}
    void setCookie(request, reply, runtime.stores.vault.seal(JSON.stringify(kept), PLACE), COOKIE_SECONDS)
    return reply.redirect(url, 302)
  })
  scope.get(`${PATH}/callback`, {config}, async (request, reply) => {
    const kept = keptBy(runtime, request)
    // Whatever comes of it: one callback to one start.
    void setCookie(request, reply, '', 0)
    const {program} = kept
    try {
      return await logged(runtime, () => finish(runtime, providerOf(provider), {request, reply, kept}))
    } catch (thrown) {
      const error = toPytakeError(thrown)
      if (!program || error.code === 'INTERNAL') throw error
      return await reply.redirect(back(program, {error: error.code, error_description: error.message}), 302)
    }
  })
}

/** Who runs the server learns why nobody gets in; what is logged says nothing of the person. */
async function logged<T>({log}: Runtime, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const {code} = toPytakeError(error)
    const reason = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : undefined
    if (code !== 'NOT_FOUND') log.warn({code, reason}, 'a single sign-on was refused or failed')
    throw error
  }
}

const PLACE = {tenant: 'control', table: 'oidc', column: 'attempt', row: 'cookie'}

function providerOf(provider: IdentityProvider | undefined): IdentityProvider {
  if (provider) return provider
  throw new PytakeError('NOT_FOUND', 'Single sign-on is not set up on this server.', {help: 'OIDC_ISSUER sets it up.'})
}

const callbackOf = ({config}: Runtime, {protocol, host}: FastifyRequest): string =>
  config.oidcRedirectUri ?? `${protocol}://${host}/api/v1${PATH}/callback`

interface Finishing {
  request: FastifyRequest
  reply: FastifyReply
  kept: Kept
}

async function finish(runtime: Runtime, provider: IdentityProvider, {request, reply, kept}: Finishing) {
  const {attempt, program} = kept
  const current = new URL(attempt.redirectUri)
  current.search = new URL(request.url, 'http://localhost').search
  const person = await provider.finish(current, attempt)
  const caller = {principal: anonymous, origin: request.ip}
  const boundTo = program?.challenge ?? challengeOf(attempt.verifier)
  const {code} = await invoke(runtime, admitPerson, {...person, challenge: boundTo}, caller)
  if (program) return reply.redirect(back(program, {code}), 302)
  return invoke(runtime, redeemSignIn, {code, code_verifier: attempt.verifier}, caller)
}

function back({redirectUri, state}: NonNullable<Kept['program']>, answer: Record<string, string>): string {
  const url = new URL(redirectUri)
  for (const [name, value] of Object.entries({...answer, state})) url.searchParams.set(name, value)
  return url.href
}

/** Not begun in this browser, by somebody else, or too long ago: all the same to us. */
function keptBy({stores, clock}: Runtime, request: FastifyRequest): Kept {
  const sealed = new RegExp(`(?:^|;\\s*)${COOKIE}=([^;]+)`).exec(request.headers.cookie ?? '')?.[1]
  const {state} = request.query as {state?: unknown}
  const kept = sealed === undefined ? undefined : opened(() => stores.vault.open(sealed, PLACE))
  if (kept && kept.expiresAt > clock.now() && kept.attempt.state === state) return kept
  throw new PytakeError('BAD_REQUEST', 'This sign-in was not begun in this browser, or too long ago.', {
    help: 'Begin again.',
  })
}

function opened(open: () => string): Kept | undefined {
  try {
    return JSON.parse(open()) as Kept
  } catch {
    return undefined
  }
}

/** Lax: the provider leads back here by a link of its own, and a strict one would stay at home. */
function setCookie(request: FastifyRequest, reply: FastifyReply, value: string, seconds: number): FastifyReply {
  const secure = request.protocol === 'https' ? '; Secure' : ''
  const path = `/api/v1${PATH}`
  return reply.header(
    'set-cookie',
    `${COOKIE}=${value}; Path=${path}; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure}`,
  )
}
