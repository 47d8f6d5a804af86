import {PytakeError} from '../base/errors.ts'
import type {Principal} from './principal.ts'

/** What a token or a role may be allowed, each with a sentence for people. */
export const permissions = {
  'tenants:read': 'see tenants',
  'tenants:write': 'change name and settings of a tenant',
  'tenants:manage': 'create, suspend, upgrade and remove tenants; for the platform only',
  'users:read': 'see users',
  'users:write': 'create, invite, change and disable users',
  'tokens:read': 'see API tokens',
  'tokens:write': 'create and revoke API tokens',
  'audit:read': 'see who did what',
  'whatsapp:read': 'see WhatsApp configs',
  'whatsapp:write': 'add, change, test and remove WhatsApp configs',
  'secrets:read': 'see names of secrets',
  'secrets:write': 'set and remove secrets',
  'messages:read': 'see messages and media',
  'messages:write': 'send, resend and cancel messages',
  'conversations:read': 'see conversations',
  'conversations:write': 'assign, tag, transfer and resolve conversations',
  'contacts:read': 'see contacts',
  'contacts:write': 'change contacts, tags and consent',
  'flows:read': 'see flows',
  'flows:publish': 'apply and remove flows',
  'erp:read': 'see ERP connections',
  'erp:write': 'connect, change, test, sync and remove ERP connections',
  'erp:lookup': 'look up customers, invoices and connections in an ERP',
  'erp:ticket': 'open tickets in an ERP',
  'webhooks:read': 'see stored webhooks',
  'webhooks:replay': 'run a stored webhook again',
  'hooks:read': 'see hooks and what they delivered',
  'hooks:write': 'add, change, test, pause, resume, replay and remove hooks',
  'jobs:read': 'see jobs',
  'jobs:write': 'cancel jobs',
  'events:read': 'follow the event log',
} as const

export type Permission = keyof typeof permissions

/** What an operation asks of its caller: a permission, only to be somebody, or nothing at all. */
export type Access = Permission | 'somebody' | 'nobody'

export const permissionNames = Object.keys(permissions) as Permission[]

/** What only the platform may do, whatever a token's scopes say. */
const platformOnly: ReadonlySet<Permission> = new Set<Permission>(['tenants:manage'])

/** `*`, `whatsapp:*` or `whatsapp:read`. */
export function isScope(text: string): boolean {
  const known = permissionNames.some((name) => name === text || `${name.split(':')[0]}:*` === text)
  return known || text === '*'
}

export function isAllowed(principal: Principal, permission: Permission): boolean {
  if (platformOnly.has(permission) && !principal.platform) return false
  return covers(principal.scopes, permission)
}

/** Do these scopes give everything that `wanted` gives? */
export function covers(scopes: readonly string[], wanted: string): boolean {
  const [noun] = wanted.split(':')
  return scopes.some((scope) => scope === '*' || scope === wanted || scope === `${noun}:*`)
}

export function requireAccess(principal: Principal, access: Access): void {
  if (access === 'nobody') return
  if (principal.kind === 'anonymous') throw new PytakeError('UNAUTHORIZED', 'A token is needed.')
  if (access !== 'somebody') requirePermission(principal, access)
}

export function requirePermission(principal: Principal, permission: Permission): void {
  if (isAllowed(principal, permission)) return
  throw new PytakeError('FORBIDDEN', `This needs the permission ${permission}: ${permissions[permission]}.`, {
    help: principal.kind === 'token' ? `pytake token create --scope ${permission}` : undefined,
  })
}
