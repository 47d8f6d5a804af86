import {readFileSync} from 'node:fs'
import type {Configuration, CustomFetch} from 'openid-client'
import type {Config} from '../base/config.ts'
import {messageOf, PytakeError} from '../base/errors.ts'
import {type Http, HttpError} from '../base/http.ts'
import type {Runtime} from '../runtime/runtime.ts'

/** What a sign-in that was begun must come back with. Kept by the browser, where nobody else can read it. */
export interface Attempt {
  state: string
  nonce: string
  /** Of PKCE (RFC 7636). */
  verifier: string
  redirectUri: string
}

/** Who the provider says it is. */
export interface Person {
  /** In lower case; the provider says that it is theirs. */
  email: string
  name: string | undefined
}

/** A company's own sign-in by OpenID Connect: authorization code with PKCE, state and nonce. */
export interface IdentityProvider {
  /** Where to send the browser. Throws `UNAVAILABLE` when the provider does not answer. */
  begin(redirectUri: string): Promise<{url: string; attempt: Attempt}>
  /** Who came back, at the address `current`. Throws `UNAUTHORIZED`, `FORBIDDEN` or `UNAVAILABLE`. */
  finish(current: URL, attempt: Attempt): Promise<Person>
}

type Deps = Pick<Runtime, 'config' | 'http' | 'clock'>

/** What a provider says of itself is asked again after this long. */
const KNOWN_FOR_MS = 3_600_000
const TIMEOUT_MS = 10_000
const MOST_BYTES = 1024 * 1024

/** The provider of the configuration; undefined when there is none. */
export function identityProvider(deps: Deps): IdentityProvider | undefined {
  const {config, clock} = deps
  const {oidcIssuer: issuer} = config
  if (issuer === undefined) return undefined
  let known: {provider: Configuration; until: number} | undefined
  const discovered = async () => {
    if (known && known.until > clock.monotonic()) return known.provider
    const provider = await discover(deps, issuer)
    known = {provider, until: clock.monotonic() + KNOWN_FOR_MS}
    return provider
  }
  const telling = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      throw refusalOf(error, issuer)
    }
  }
  return {
    begin: (redirectUri) => telling(begin(config, discovered, redirectUri)),
    finish: async (current, attempt) => personOf(config, await telling(claimsOf(discovered, current, attempt))),
  }
}

async function discover({config, http}: Deps, issuer: string): Promise<Configuration> {
  const client = await import('openid-client')
  const secret = config.oidcClientSecret ?? secretIn(config.oidcClientSecretFile)
  return client.discovery(
    new URL(issuer),
    config.oidcClientId ?? '',
    undefined,
    secret === undefined ? client.None() : client.ClientSecretBasic(secret),
    {
      [client.customFetch]: fetchThrough(http),
      execute: [
        // The signature counts too, not only whom the token was fetched from.
        client.enableNonRepudiationChecks,
        // The configuration takes an address in clear on this machine only.
        ...(issuer.startsWith('http:') ? [client.allowInsecureRequests] : []),
      ],
    },
  )
}

function secretIn(path: string | undefined): string | undefined {
  if (path === undefined) return undefined
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    throw new PytakeError('UNAVAILABLE', 'Single sign-on is not ready: OIDC_CLIENT_SECRET_FILE cannot be read.', {
      cause: error,
    })
  }
}

/** Calls of the library go out as all of ours do: what the provider names may be anywhere. */
const fetchThrough =
  (http: Http): CustomFetch =>
  async (url, {method, headers, body}) => {
    const answer = await http.request({
      method: method as 'GET' | 'POST',
      url,
      headers,
      body: body === null || body === undefined ? undefined : String(body as string | URLSearchParams),
      policy: {kind: 'configured'},
      timeoutMs: TIMEOUT_MS,
      maxBytes: MOST_BYTES,
    })
    const content = answer.body.length === 0 ? null : new Uint8Array(answer.body)
    return new Response(content, {status: answer.status, headers: answer.headers})
  }

async function begin(config: Config, discovered: () => Promise<Configuration>, redirectUri: string) {
  const client = await import('openid-client')
  const provider = await discovered()
  const attempt = {
    state: client.randomState(),
    nonce: client.randomNonce(),
    verifier: client.randomPKCECodeVerifier(),
    redirectUri,
  }
  const url = client.buildAuthorizationUrl(provider, {
    redirect_uri: redirectUri,
    scope: config.oidcScopes,
    state: attempt.state,
    nonce: attempt.nonce,
    code_challenge: await client.calculatePKCECodeChallenge(attempt.verifier),
    code_challenge_method: 'S256',
  })
  return {url: url.href, attempt}
}

type Claims = Readonly<Record<string, unknown>>

async function claimsOf(discovered: () => Promise<Configuration>, current: URL, attempt: Attempt): Promise<Claims> {
  const client = await import('openid-client')
  const provider = await discovered()
  const tokens = await client.authorizationCodeGrant(provider, current, {
    expectedState: attempt.state,
    expectedNonce: attempt.nonce,
    pkceCodeVerifier: attempt.verifier,
    idTokenExpected: true,
  })
  const claims = tokens.claims()
  if (!claims) throw new Error('The provider answered no ID token.')
  if (claims.email !== undefined || provider.serverMetadata().userinfo_endpoint === undefined) return claims
  return {...claims, ...(await client.fetchUserInfo(provider, tokens.access_token, claims.sub))}
}

/** An address that the provider did not verify could be typed by anybody, and would open anybody's account. */
function personOf({oidcEmailDomains: domains}: Config, claims: Claims): Person {
  const {email, email_verified: isVerified, name} = claims
  if (typeof email !== 'string' || !/^[^\s@]+@[^\s@]+$/.test(email)) {
    throw new PytakeError('FORBIDDEN', 'The provider tells no e-mail address of yours.', {
      help: 'Its client needs the scope email, and OIDC_SCOPES too.',
    })
  }
  if (isVerified !== true) {
    throw new PytakeError('FORBIDDEN', 'The provider has not verified your e-mail address.')
  }
  const address = email.toLowerCase()
  const domain = address.split('@')[1] ?? ''
  if (domains.length > 0 && !domains.some((one) => one.toLowerCase() === domain)) {
    throw new PytakeError('FORBIDDEN', `The provider does not vouch for addresses of ${domain} here.`, {
      help: 'OIDC_EMAIL_DOMAINS has those that it does.',
    })
  }
  return {email: address, name: typeof name === 'string' && name.trim() !== '' ? name.trim() : undefined}
}

/** What went wrong, for the person at the browser; its cause is for the log. */
function refusalOf(error: unknown, issuer: string): PytakeError {
  if (error instanceof PytakeError) return error
  const {host} = new URL(issuer)
  const cause = httpErrorIn(error)
  if (cause) {
    return new PytakeError('UNAVAILABLE', `The provider ${host} cannot be reached: ${messageOf(cause)}`, {cause: error})
  }
  const {error: said} = error as {error?: unknown}
  if (typeof said === 'string') {
    return new PytakeError('UNAUTHORIZED', `The provider ${host} refused: ${said}.`, {cause: error})
  }
  const {code} = error as {code?: unknown}
  if (typeof code === 'string' && /CONFORM|NOT_JSON|PARSE/.test(code)) {
    return new PytakeError('UNAVAILABLE', `The provider ${host} answered, and not as one does.`, {cause: error})
  }
  return new PytakeError('UNAUTHORIZED', `What the provider ${host} answered does not fit this sign-in.`, {
    cause: error,
  })
}

function httpErrorIn(error: unknown): HttpError | undefined {
  for (let one = error; one instanceof Error; one = one.cause) if (one instanceof HttpError) return one
  return undefined
}
