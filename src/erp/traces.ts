import {digestOf} from '../base/digest.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {TenantDb} from '../store/stores.ts'

/** What look-ups leave behind: who asked for how many documents, and which contact is which customer. */

/** Documents that one contact may ask for in a day, and birth dates that they may give. */
const DOCUMENTS_A_DAY = 5
const BIRTH_DATES_A_DAY = 5
/** Enough to tell a handful of texts apart, too little to find one by trying. */
const MARK_LENGTH = 3

type Deps = Pick<Runtime, 'clock'>

/** Notes that a contact asks for a document; false when it is one too many today. The same one again is free. */
export const noteLookup = (deps: Deps, db: TenantDb, contactId: string, document: string): Promise<boolean> =>
  noteText(deps, db, {contactId, text: document, sign: '', most: DOCUMENTS_A_DAY})

/** Notes that a contact says when they were born; false when it is one too many today, and is not to be compared. */
export const noteBirthDate = (deps: Deps, db: TenantDb, contactId: string, date: string): Promise<boolean> =>
  noteText(deps, db, {contactId, text: date, sign: '+', most: BIRTH_DATES_A_DAY})

interface Noted {
  contactId: string
  text: string
  /** Begins the marks of this kind. */
  sign: '' | '+'
  most: number
}

function noteText({clock}: Deps, db: TenantDb, {contactId, text, sign, most}: Noted): Promise<boolean> {
  const day = new Date(clock.now()).toISOString().slice(0, 10)
  const mark = sign + digestOf([contactId, day, text]).slice(0, MARK_LENGTH)
  return db.write(async (tx) => {
    const asked = await tx.db
      .selectFrom('erp_lookups')
      .select(['day', 'mark'])
      .where('contact_id', '=', contactId)
      .execute()
    const today = asked.filter((row) => row.day === day && row.mark.length === mark.length)
    if (today.some((row) => row.mark === mark)) return true
    if (today.length >= most) return false
    await tx.db.deleteFrom('erp_lookups').where('contact_id', '=', contactId).where('day', '<', day).execute()
    await tx.insert('erp_lookups', [{contact_id: contactId, day, mark}])
    return true
  })
}

export interface Link {
  connectionId: string
  customerId: string
  contactId: string
}

/** Remembers that a contact was found to be a customer. */
export async function linkCustomer({clock}: Deps, db: TenantDb, link: Link): Promise<void> {
  const row = {
    ...{connection_id: link.connectionId, customer_id: link.customerId, contact_id: link.contactId},
    synced_at: new Date(clock.now()),
  }
  await db.write(async (tx) => {
    const [isNew] = await tx.insertNew('erp_customers', ['connection_id', 'customer_id'], [row])
    if (!isNew) await tx.update('erp_customers', ['connection_id', 'customer_id'], [row])
  })
}

export async function isLinked(db: TenantDb, {connectionId, customerId, contactId}: Link): Promise<boolean> {
  const row = await db.read((q) =>
    q
      .selectFrom('erp_customers')
      .select('contact_id')
      .where('connection_id', '=', connectionId)
      .where('customer_id', '=', customerId)
      .executeTakeFirst(),
  )
  return row?.contact_id === contactId
}
