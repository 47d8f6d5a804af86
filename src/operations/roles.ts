import {type Role, roleNames} from '../users/users.ts'
import {type Permission, permissionNames} from './permissions.ts'

const admins = ['admin'] as const
const managers = ['admin', 'user'] as const
const agents = ['admin', 'user', 'agent'] as const
const everyone = roleNames

/** Which roles have which permission: the one table behind every operation, and behind the one in the README. */
export const grants: Readonly<Record<Permission, readonly Role[]>> = {
  'tenants:read': everyone,
  'tenants:write': admins,
  'tenants:manage': admins,
  'users:read': agents,
  'users:write': admins,
  'tokens:read': admins,
  'tokens:write': admins,
  'audit:read': admins,
  'whatsapp:read': everyone,
  'whatsapp:write': managers,
  'secrets:read': managers,
  'secrets:write': managers,
  'messages:read': everyone,
  'messages:write': agents,
  'conversations:read': everyone,
  'conversations:write': agents,
  'contacts:read': everyone,
  'contacts:write': agents,
  'flows:read': everyone,
  'flows:publish': managers,
  'erp:read': agents,
  'erp:write': managers,
  'erp:lookup': agents,
  'erp:ticket': agents,
  'webhooks:read': managers,
  'webhooks:replay': managers,
  'hooks:read': admins,
  'hooks:write': admins,
  'jobs:read': everyone,
  'jobs:write': managers,
  'events:read': everyone,
}

const scopes: Readonly<Record<Role, readonly string[]>> = {
  admin: ['*'],
  user: scopesOf('user'),
  agent: scopesOf('agent'),
  viewer: scopesOf('viewer'),
}

function scopesOf(role: Role): Permission[] {
  return permissionNames.filter((name) => grants[name].includes(role))
}

/** What a role may do; a role that is not known here may do nothing. */
export const scopesOfRole = (role: string): readonly string[] =>
  Object.hasOwn(scopes, role) ? scopes[role as Role] : []
