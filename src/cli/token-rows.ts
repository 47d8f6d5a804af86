import type {Token} from '../operations/tokens.ts'
import type {Cell, Columns} from './output.ts'

export const tokenColumns: Columns<Token> = {
  id: (token) => token.id,
  name: (token) => token.name,
  scopes: (token) => token.scopes.join(','),
  state: stateOf,
  last_used_at: (token) => token.last_used_at,
  created_by: (token) => token.created_by,
}

export const tokenFields = (token: Token): Record<string, Cell> => ({
  id: token.id,
  name: token.name,
  tenant_id: token.tenant_id ?? 'the platform',
  scopes: token.scopes.join(','),
  expires_at: token.expires_at ?? 'never',
  state: stateOf(token),
  created_at: token.created_at,
})

function stateOf(token: Token): string {
  if (token.revoked_at !== null) return `revoked ${token.revoked_at}`
  return token.expires_at === null ? 'valid' : `until ${token.expires_at}`
}
