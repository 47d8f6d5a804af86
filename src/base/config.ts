import {homedir, platform} from 'node:os'
import {join} from 'node:path'
import {z} from 'zod'
import {blockList} from './address.ts'
import {inOneSentence, messageOf, PytakeError} from './errors.ts'

/** One line per variable: what it sets, its default and how it is checked. README's table is made from this. */
export interface Setting<T> {
  variable: string
  help: string
  fallback: string
  schema: z.ZodType<T>
}

const setting = <T>(variable: string, fallback: string, schema: z.ZodType<T>, help: string): Setting<T> => ({
  variable,
  fallback,
  schema,
  help,
})

/** What is wrong is said in our words: the library's are about types. */
function number(min: number, max = Number.MAX_SAFE_INTEGER) {
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`
  const error = `must be a whole number ${range}`
  return z.coerce.number({error}).int({error}).min(min, {error}).max(max, {error})
}

const oneOf = <const T extends readonly string[]>(words: T) =>
  z.enum(words, {error: `must be one of ${words.join(', ')}`})

const flag = oneOf(['true', 'false', '1', '0']).transform((value) => value === 'true' || value === '1')
const optional = z.string().transform((value) => value || undefined)
const list = z.string().transform((value) =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
)
/** Addresses and networks in CIDR form. */
const networks = list.superRefine((items, context) => {
  try {
    blockList(items)
  } catch (error) {
    context.addIssue({code: 'custom', message: messageOf(error)})
  }
})
/** Where a page is from, as browsers say it. `*` is none: it would open to every page there is. */
const origins = list.superRefine((items, context) => {
  for (const item of items) {
    const isWhole = /^https?:\/\/[^*]+$/i.test(item) && URL.canParse(item)
    const origin = isWhole ? new URL(item).origin : undefined
    if (origin === item) continue
    const meant = origin === undefined ? 'such as https://app.example.com' : `as ${origin}`
    context.addIssue({code: 'custom', message: `"${item}" is no origin; write one ${meant}`})
  }
})
const postgresUrl = z.union([
  z.literal('').transform(() => undefined),
  z.url({protocol: /^postgres(ql)?$/, error: 'must be an address such as postgres://user:password@host/database'}),
])
const smtpAddress = z.union([
  z.literal('').transform(() => undefined),
  z.url({protocol: /^smtps?$/, error: 'must be an address such as smtps://user:password@host'}),
])

const scopes = z.string().refine((value) => value.split(/\s+/).includes('openid'), {
  error: 'must be scopes with a space between them, openid among them',
})

/** In clear only to this machine itself: whoever can read or change what a provider says can be anybody. */
const issuerAddress = z.union([
  z.literal('').transform(() => undefined),
  z.url({error: 'must be an address such as https://login.example.com'}).refine(isSafeIssuer, {
    error: 'must be an https address without user, query or fragment',
  }),
])
const callbackAddress = z.union([
  z.literal('').transform(() => undefined),
  z.url({
    protocol: /^https?$/,
    error: 'must be an address such as https://pytake.example.com/api/v1/auth/oidc/callback',
  }),
])

function isSafeIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false
  const {protocol, hostname, username, password, search, hash} = new URL(text)
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
  return (protocol === 'https:' || (protocol === 'http:' && isHere)) && username + password + search + hash === ''
}

export const settings = {
  home: setting('PYTAKE_HOME', '', optional, 'Data folder of this machine. Default: the XDG data folder.'),
  databaseUrl: setting(
    'DATABASE_URL',
    '',
    postgresUrl,
    'PostgreSQL instead of SQLite: postgres://user:password@host/database.',
  ),
  databaseMax: setting('DATABASE_MAX_CONNECTIONS', '20', number(2), 'Most connections to PostgreSQL of one process.'),
  databaseMin: setting('DATABASE_MIN_CONNECTIONS', '0', number(0), 'Connections kept open when idle.'),
  databaseAllowUnsafe: setting(
    'DATABASE_ALLOW_UNSAFE',
    'false',
    flag,
    'Accept a PostgreSQL that can lose what it acknowledged (fsync off), for data that may be lost.',
  ),
  encryptionKey: setting(
    'ENCRYPTION_KEY',
    '',
    optional,
    'Key of stored secrets: 64 hex digits, or a text of 16 characters or more. Default: a file in the data folder.',
  ),
  environment: setting(
    'PYTAKE_ENV',
    'development',
    z.enum(['development', 'production', 'test']),
    'production insists on TLS files or a trusted proxy, as any API_HOST does that is not loopback.',
  ),
  host: setting('API_HOST', '127.0.0.1', z.string().min(1), 'Address the server listens on.'),
  port: setting('API_PORT', '8080', number(0, 65_535), 'Port the server listens on.'),
  timeoutSeconds: setting('API_TIMEOUT', '30', number(1, 3600), 'Seconds a request may take.'),
  maxConnections: setting('API_MAX_CONNECTIONS', '10000', number(1), 'Connections the server accepts at once.'),
  socketsPerCaller: setting(
    'API_SOCKETS_PER_CALLER',
    '100',
    number(1),
    'WebSocket connections that one user or token may hold at once.',
  ),
  workers: setting('API_WORKERS', '1', number(1, 64), 'Processes on PostgreSQL; always 1 on SQLite.'),
  tlsCertFile: setting(
    'API_TLS_CERT_FILE',
    '',
    optional,
    'Certificate chain (PEM); with it the server speaks https. Read again on SIGHUP.',
  ),
  tlsKeyFile: setting('API_TLS_KEY_FILE', '', optional, 'Key of that certificate (PEM).'),
  trustProxy: setting(
    'API_TRUST_PROXY',
    '',
    networks,
    'Addresses or networks of proxies whose X-Forwarded headers count, separated by commas.',
  ),
  corsOrigins: setting(
    'API_CORS_ORIGINS',
    '',
    origins,
    'Origins of web pages that may call the API and /ws from a browser, separated by commas; none unless told.',
  ),
  rateLimitPerSecond: setting('RATE_LIMIT_PER_SECOND', '10', number(1), 'Requests a second per caller.'),
  rateLimitBurst: setting('RATE_LIMIT_BURST', '100', number(1), 'Requests a caller may make at once.'),
  jwtSeconds: setting('JWT_EXPIRATION', '86400', number(60), 'Seconds an access token of a user is good for.'),
  refreshSeconds: setting(
    'JWT_REFRESH_EXPIRATION',
    '604800',
    number(60),
    'Seconds a refresh token is good for; each use gives a new one.',
  ),
  registration: setting(
    'AUTH_REGISTRATION',
    'invited',
    oneOf(['invited', 'open']),
    'Who may register: whoever was invited, or anybody, who then gets a tenant on the plan starter.',
  ),
  passwordLogin: setting(
    'AUTH_PASSWORD_LOGIN',
    'true',
    flag,
    'Whether people may sign in with a password; false leaves single sign-on alone.',
  ),
  oidcIssuer: setting(
    'OIDC_ISSUER',
    '',
    issuerAddress,
    'OpenID Connect provider for single sign-on: https://login.example.com. A private address also needs PYTAKE_ALLOW_NETWORKS.',
  ),
  oidcClientId: setting('OIDC_CLIENT_ID', '', optional, 'Client id that the provider knows us by.'),
  oidcClientSecret: setting('OIDC_CLIENT_SECRET', '', optional, 'Secret of that client; none for a public client.'),
  oidcClientSecretFile: setting('OIDC_CLIENT_SECRET_FILE', '', optional, 'File with that secret instead.'),
  oidcScopes: setting('OIDC_SCOPES', 'openid email profile', scopes, 'Scopes asked of the provider.'),
  oidcEmailDomains: setting(
    'OIDC_EMAIL_DOMAINS',
    '',
    list,
    'Domains the provider vouches for, separated by commas. Default: every address it calls verified.',
  ),
  oidcRedirectUri: setting(
    'OIDC_REDIRECT_URI',
    '',
    callbackAddress,
    'Address of /api/v1/auth/oidc/callback as browsers reach it. Default: made of the address that was asked.',
  ),
  smtpUrl: setting(
    'SMTP_URL',
    '',
    smtpAddress,
    'Mail server for invitations and forgotten passwords: smtps://user:password@host. Without it an operator hands them out.',
  ),
  smtpFrom: setting('SMTP_FROM', 'PyTake <pytake@localhost>', z.string().min(3), 'Sender of these mails.'),
  webhookSecret: setting(
    'WHATSAPP_WEBHOOK_SECRET',
    '',
    optional,
    'App secret for webhooks of configs that have none of their own.',
  ),
  webhookVerifyToken: setting(
    'WHATSAPP_WEBHOOK_VERIFY_TOKEN',
    '',
    optional,
    'Verify token accepted besides those of the configs.',
  ),
  uploadMaxSize: setting('UPLOAD_MAX_SIZE', '10485760', number(1), 'Most bytes of a file given to us to send.'),
  uploadPath: setting('UPLOAD_PATH', '', optional, 'Folder for media. Default: uploads in the data folder.'),
  logLevel: setting(
    'LOG_LEVEL',
    'info',
    oneOf(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
    'How much the server logs.',
  ),
  metricsEnabled: setting('METRICS_ENABLED', 'true', flag, 'Serve Prometheus metrics at /metrics.'),
  allowNetworks: setting(
    'PYTAKE_ALLOW_NETWORKS',
    '',
    networks,
    'Private networks (CIDR) that provider and ERP addresses may point to.',
  ),
  cacheMb: setting(
    'PYTAKE_CACHE_MB',
    '256',
    number(8),
    'Page cache of all SQLite files together, in MB; one of them keeps 17 at most.',
  ),
} as const

/** Variables of the specification that have no meaning here; named once at start. */
export const unusedVariables = ['JWT_SECRET', 'BCRYPT_COST', 'RUST_LOG'] as const

type Values = {-readonly [K in keyof typeof settings]: (typeof settings)[K] extends Setting<infer T> ? T : never}

export interface Config extends Values {
  home: string
  uploadPath: string
}

type Env = Readonly<Record<string, string | undefined>>

/** Reads the environment once. Throws one error that names every variable that is wrong. */
export function parseConfig(env: Env): Config {
  const details: {field: string; message: string}[] = []
  const values: Record<string, unknown> = {}
  for (const [name, {variable, fallback, schema}] of Object.entries(settings)) {
    const result = (schema as z.ZodType).safeParse(env[variable] || fallback)
    if (result.success) values[name] = result.data
    else details.push({field: variable, message: result.error.issues[0]?.message ?? 'is not valid'})
  }
  if (details.length > 0) {
    const text = `The environment has a value that cannot be used. ${inOneSentence(details)}`
    throw new PytakeError('BAD_REQUEST', text, {details})
  }
  const config = values as unknown as Values
  refuseHalfSignOn(config)
  const home = config.home ?? defaultHome(env)
  return {...config, home, uploadPath: config.uploadPath ?? join(home, 'uploads')}
}

/** What would let nobody in is told at the start, not to the first who tries. */
function refuseHalfSignOn({oidcIssuer, oidcClientId, oidcClientSecret, oidcClientSecretFile, passwordLogin}: Values) {
  const problem = (field: string, message: string) => {
    throw new PytakeError('BAD_REQUEST', `The environment does not go together: ${field} ${message}.`, {
      details: [{field, message}],
    })
  }
  if (oidcIssuer !== undefined && oidcClientId === undefined) problem('OIDC_CLIENT_ID', 'is needed with OIDC_ISSUER')
  if (oidcIssuer === undefined && !passwordLogin) problem('AUTH_PASSWORD_LOGIN', 'is false, and OIDC_ISSUER is not set')
  if (oidcClientSecret !== undefined && oidcClientSecretFile !== undefined)
    problem('OIDC_CLIENT_SECRET', 'and OIDC_CLIENT_SECRET_FILE are both set')
}

function defaultHome(env: Env): string {
  if (env.XDG_DATA_HOME) return join(env.XDG_DATA_HOME, 'pytake')
  if (platform() === 'win32' && env.LOCALAPPDATA) return join(env.LOCALAPPDATA, 'pytake')
  return join(env.HOME || homedir(), '.local', 'share', 'pytake')
}
