import {sql} from 'kysely'
import type {Ids} from '../base/ids.ts'
import {normalizePhone} from '../base/phone.ts'
import {isUuid} from '../base/ids.ts'
import {toJson} from '../store/columns.ts'
import type {Database, Tx} from '../store/database.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'

type Reader = Parameters<Parameters<Database<TenantSchema>['read']>[0]>[0]

export interface ContactRef {
  id: string
  phone: string | null
  name: string | null
}

/** The person a telephone number belongs to, with or without Brazil's ninth digit. `phone` is `+` and digits. */
export async function contactByPhone(db: Reader, phone: string): Promise<ContactRef | undefined> {
  const digits = phone.replace(/^\+/, '')
  return db
    .selectFrom('contacts')
    .select(['id', 'phone', 'name'])
    .where((e) =>
      e.or([
        e('phone', '=', `+${digits}`),
        sql<boolean>`id in (select contact_id from contact_identities
          where kind = 'phone' and scope = '' and value = ${digits})`,
      ]),
    )
    .executeTakeFirst()
}

/** Ids of contacts by what people write: an id, a telephone number, a name. */
export async function contactIds(db: Reader, ref: string): Promise<string[]> {
  if (isUuid(ref)) return [ref]
  const phone = normalizePhone(ref)
  const found = phone && (await contactByPhone(db, phone.e164))
  if (found) return [found.id]
  const rows = await db.selectFrom('contacts').select('id').where('name', '=', ref).limit(100).execute()
  return rows.map(({id}) => id)
}

/** The contact of a number that we write to first. WhatsApp's own id of it is learned from the first answer. */
export async function findOrAddContact(
  tx: Tx<TenantSchema>,
  {phone, tenantId, ids, now}: {phone: string; tenantId: string; ids: Ids; now: number},
): Promise<ContactRef> {
  const found = await contactByPhone(tx.db, phone)
  const id = found?.id ?? ids.next()
  if (!found) {
    const at = new Date(now)
    const row = {id, tenant_id: tenantId, phone, name: null, email: null, tags: [], attributes: toJson({})}
    await tx.insert('contacts', [{...row, opted_in: true, created_at: at, updated_at: at}])
    tx.emit({
      type: 'contact_created',
      at: now,
      data: {contact_id: id, contact_name: null, contact_phone: phone},
    })
  }
  const identity = {kind: 'phone', scope: '', value: phone.replace(/^\+/, ''), contact_id: id}
  await tx.insertNew('contact_identities', ['kind', 'scope', 'value'], [identity])
  return found ?? {id, phone, name: null}
}
