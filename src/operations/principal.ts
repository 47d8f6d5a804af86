/** Who asks. Made by the edge that knows: the shell, an API token, a signed-in user; nobody known before that. */
export interface Principal {
  kind: 'operator' | 'token' | 'user' | 'anonymous'
  /** As recorded in audits: `cli:ana`, `token:0192…`, `user:0192…`. */
  name: string
  /** The only tenant it may touch; null for the platform. */
  tenantId: string | null
  platform: boolean
  scopes: readonly string[]
  /** When what they showed is over, in milliseconds of the wall clock; never without. */
  until?: number
  /** Of a user: who, and by which sign-in. */
  user?: {id: string; sessionId: string}
}

/** Nobody yet: may do what nobody needs to be known for, such as signing in. */
export const anonymous: Principal = {kind: 'anonymous', name: 'anonymous', tenantId: null, platform: false, scopes: []}

/** The person at the shell of the machine that holds the data. */
export const operator = (osUser: string): Principal => ({
  kind: 'operator',
  name: `cli:${osUser}`,
  tenantId: null,
  platform: true,
  scopes: ['*'],
})
