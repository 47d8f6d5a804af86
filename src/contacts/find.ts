import {type Kysely, sql} from 'kysely'
import {notFound, type PytakeError} from '../base/errors.ts'
import {fold} from '../base/fold.ts'
import type {Ids} from '../base/ids.ts'
import {normalizePhone} from '../base/phone.ts'
import {isUuid} from '../base/ids.ts'
import {toJson} from '../store/columns.ts'
import type {Tx} from '../store/database.ts'
import {prepared} from '../store/prepared.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'

/** A database or a transaction to read from. */
type Reader = Pick<Tx<TenantSchema>, 'db' | 'engine'>

export interface ContactRef {
  id: string
  phone: string | null
  name: string | null
}

/** The person a telephone number belongs to, with or without Brazil's ninth digit. `phone` is `+` and digits. */
export async function contactByPhone(on: Reader, phone: string): Promise<ContactRef | undefined> {
  const digits = phone.replace(/^\+/, '')
  return (await withPhone(on, {digits, phone: `+${digits}`})).rows[0]
}

const withPhone = prepared((db: Kysely<TenantSchema>, {digits, phone}: {digits: string; phone: string}) =>
  db
    .selectFrom('contacts')
    .select(['id', 'phone', 'name'])
    .where((e) =>
      e.or([
        e('phone', '=', phone),
        sql<boolean>`id in (select contact_id from contact_identities
          where kind = 'phone' and scope = '' and value = ${digits})`,
      ]),
    )
    .compile(),
)

/** Ids of contacts by what people write: an id, a telephone number, a name. */
export async function contactIds(on: Reader, ref: string): Promise<string[]> {
  if (isUuid(ref)) return [ref]
  const phone = normalizePhone(ref)
  const found = phone && (await contactByPhone(on, phone.e164))
  if (found) return [found.id]
  const rows = await on.db.selectFrom('contacts').select('id').where('name', '=', ref).limit(100).execute()
  return rows.map(({id}) => id)
}

/** Whom a list is to be about. Throws `NOT_FOUND` for a name that nobody has; a number may become somebody's any time. */
export async function contactsMeant(on: Reader, ref: string): Promise<string[]> {
  const ids = await contactIds(on, ref)
  if (ids.length === 0 && !normalizePhone(ref)) throw noContact(ref)
  return ids
}

const NAMES = 10_000

/**
 * Throws `NOT_FOUND` for whom nothing can be about: who is neither an id, nor a number, nor the name of a contact, in any
 * spelling that `fold` takes for it.
 */
export async function refuseNobody(on: Reader, ref: string): Promise<void> {
  if (isUuid(ref) || normalizePhone(ref)) return
  const wanted = fold(ref)
  // Neither engine can fold, so the names are looked through here, some at a time.
  for (let after: string | undefined; ;) {
    let query = on.db.selectFrom('contacts').select(['id', 'name']).where('name', 'is not', null)
    if (after !== undefined) query = query.where('id', '>', after)
    const rows = await query.orderBy('id').limit(NAMES).execute()
    if (rows.some(({name}) => fold(name ?? '') === wanted)) return
    after = rows.at(-1)?.id
    if (rows.length < NAMES) throw noContact(ref)
  }
}

export const noContact = (ref: string): PytakeError => notFound(`Contact "${ref}"`, 'pytake contact list')

/** The contact of a number that we write to first. WhatsApp's own id of it is learned from the first answer. */
export async function findOrAddContact(
  tx: Tx<TenantSchema>,
  {phone, tenantId, ids, now}: {phone: string; tenantId: string; ids: Ids; now: number},
): Promise<ContactRef> {
  const found = await contactByPhone(tx, phone)
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
