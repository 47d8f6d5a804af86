import type {Selectable} from 'kysely'
import {toJson} from '../store/columns.ts'
import type {Tx} from '../store/database.ts'
import type {Contacts} from '../store/schema/messaging.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'

export type ContactRow = Selectable<Contacts>

/** What a person may set of a contact; what is absent stays as it is. An attribute that is null is taken away. */
export interface ContactChange {
  name?: string | null
  email?: string | null
  tags?: string[]
  attributes?: Record<string, unknown>
  opted_in?: boolean
}

/** Changes a contact; consent for marketing is recorded with its source, and told. */
export async function changeContact(
  tx: Tx<TenantSchema>,
  {id, change, source, now}: {id: string; change: ContactChange; source: string; now: number},
): Promise<void> {
  const at = new Date(now)
  const query = tx.db.selectFrom('contacts').selectAll().where('id', '=', id)
  const row = await (tx.engine === 'postgres' ? query.forUpdate() : query).executeTakeFirst()
  if (!row) return
  const {opted_in: optedIn, attributes, ...plain} = change
  const changed = {
    id,
    name: row.name,
    email: row.email,
    tags: row.tags ?? [],
    ...plain,
    attributes: toJson(withAttributes(row.attributes ?? {}, attributes)),
    opted_in: optedIn ?? row.opted_in,
    updated_at: at,
  }
  await tx.update('contacts', ['id'], [changed])
  if (optedIn === undefined || optedIn === row.opted_in) return
  const consent = {contact_id: id, purpose: 'marketing', granted: optedIn, source, created_at: at}
  await tx.insert('contact_consents', [consent])
  tx.emit({
    type: optedIn ? 'contact_opted_in' : 'contact_opted_out',
    at: now,
    data: {contact_id: id, contact_name: changed.name, contact_phone: row.phone, source},
  })
}

function withAttributes(old: Record<string, unknown>, change: Record<string, unknown> = {}): Record<string, unknown> {
  return Object.fromEntries(Object.entries({...old, ...change}).filter(([, value]) => value !== null))
}
