import {option} from '@oclif/core/flags'
import type {User} from '../operations/user-row.ts'
import type {Cell, Columns} from './output.ts'

export const roleFlag = option({
  options: ['admin', 'user', 'agent', 'viewer'] as const,
  summary: 'What they may do; README has the table.',
})

export const userColumns: Columns<User> = {
  id: (user) => user.id,
  email: (user) => user.email,
  name: (user) => user.name,
  role: (user) => user.role,
  state: stateOf,
  last_login: (user) => user.last_login,
}

export const userFields = (user: User): Record<string, Cell> => ({
  id: user.id,
  email: user.email,
  name: user.name,
  role: user.role,
  state: stateOf(user),
  last_login: user.last_login ?? 'never',
  created_at: user.created_at,
})

function stateOf(user: User): string {
  return user.is_active ? 'active' : 'disabled'
}
