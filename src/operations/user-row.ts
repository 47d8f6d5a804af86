import {z} from 'zod'
import {roleNames, type UserRow} from '../users/users.ts'
import {iso, isoOrNull, timeOrNull, timeOut} from './fields.ts'

/** Columns of the specification, without the password. */
export const User = z.object({
  id: z.uuid(),
  tenant_id: z.uuid(),
  email: z.string(),
  name: z.string(),
  role: z.string(),
  is_active: z.boolean(),
  last_login: timeOrNull,
  created_at: timeOut,
  updated_at: timeOut,
})
export type User = z.output<typeof User>

export const role = z.enum(roleNames)

/** Upper case means nothing in an address, whatever the standard says. */
export const email = z.string().trim().toLowerCase().pipe(z.email().max(255))

export const password = z.string().min(1).max(256)

export const presentUser = (row: UserRow): User => ({
  id: row.id,
  tenant_id: row.tenant_id,
  email: row.email,
  name: row.name,
  role: row.role,
  is_active: row.is_active,
  last_login: isoOrNull(row.last_login),
  created_at: iso(row.created_at),
  updated_at: iso(row.updated_at),
})
