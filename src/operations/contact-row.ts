import {z} from 'zod'
import type {ContactRow} from '../contacts/change.ts'
import {iso, timeOut} from './fields.ts'

/** The specification's columns. */
export const Contact = z.object({
  id: z.uuid(),
  tenant_id: z.uuid(),
  phone: z.string().nullable(),
  name: z.string().nullable(),
  email: z.string().nullable(),
  tags: z.array(z.string()),
  attributes: z.record(z.string(), z.unknown()),
  opted_in: z.boolean(),
  created_at: timeOut,
  updated_at: timeOut,
})
export type Contact = z.output<typeof Contact>

/** For `selectText`: what `presentContact` makes of a row. */
export const contactColumns: Readonly<Record<keyof Contact, unknown>> = {
  id: null,
  tenant_id: null,
  phone: null,
  name: null,
  email: null,
  tags: [],
  attributes: {},
  opted_in: null,
  created_at: null,
  updated_at: null,
}

export const presentContact = (row: ContactRow): Contact => ({
  id: row.id,
  tenant_id: row.tenant_id,
  phone: row.phone,
  name: row.name,
  email: row.email,
  tags: row.tags ?? [],
  attributes: row.attributes ?? {},
  opted_in: row.opted_in,
  created_at: iso(row.created_at),
  updated_at: iso(row.updated_at),
})
