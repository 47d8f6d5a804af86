/** Who asks. Made by the edge that knows: the shell, a token, later a signed-in user. */
export interface Principal {
  kind: 'operator' | 'token' | 'user'
  /** As recorded in audits: `cli:ana`, `token:0192…`. */
  name: string
  /** The only tenant it may touch; null for the platform. */
  tenantId: string | null
  platform: boolean
  scopes: readonly string[]
}

/** The person at the shell of the machine that holds the data (rules 6.6). */
export const operator = (osUser: string): Principal => ({
  kind: 'operator',
  name: `cli:${osUser}`,
  tenantId: null,
  platform: true,
  scopes: ['*'],
})
