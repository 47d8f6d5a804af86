import {sql} from 'kysely'
import {z} from 'zod'
import {invalid, PytakeError} from '../base/errors.ts'
import {changeContact, type ContactRow} from '../contacts/change.ts'
import {contactByPhone, contactIds, findOrAddContact, noContact} from '../contacts/find.ts'
import {inList} from '../store/in-list.ts'
import {Contact, contactColumns, presentContact} from './contact-row.ts'
import {byId, name, phone} from './fields.ts'
import {flag, listInput, listOutput, onlyIds} from './list.ts'
import {readPage, readTextPage} from './page.ts'
import {operation, type TenantContext} from './operation.ts'
import {hasTag} from '../store/has-tag.ts'

const MOST_ATTRIBUTES = 65_536

const tag = z.string().trim().min(1).max(100)
const attribute = z.union(
  [z.string().max(4096), z.number(), z.boolean(), z.null()],
  'must be text of 4096 characters at most, a number, true, false or null',
)
const settable = {
  name: name.nullable().optional(),
  email: z.email().max(255).nullable().optional(),
  tags: z.array(tag).max(50).optional(),
  /** Merged key by key; null takes one away. */
  attributes: z
    .record(
      z.string().regex(/^[A-Za-z_]\w{0,63}$/, 'a name has letters, digits and _, 64 at most, and begins with no digit'),
      attribute,
    )
    .optional(),
  opted_in: z.boolean().optional(),
}

export const listContacts = operation({
  id: 'contacts.list',
  method: 'GET',
  path: '/contacts',
  permission: 'contacts:read',
  summary: 'List contacts.',
  input: listInput({
    sort: ['created_at', 'updated_at'],
    filters: {
      ids: onlyIds,
      tag: tag.optional(),
      opted_in: flag.optional(),
      /** Telephone number, or part of a name or address. */
      search: z.string().min(1).max(255).optional(),
    },
  }),
  output: listOutput(Contact),
  status: 200,
  personal: true,
  async run({tenant, takesText}, input) {
    return tenant.read(async (db) => {
      let query = db.selectFrom('contacts').selectAll()
      if (input.ids) query = query.where(inList(tenant.engine, 'id', input.ids))
      if (input.tag !== undefined) query = query.where(hasTag(tenant.engine, 'contacts', input.tag))
      if (input.opted_in !== undefined) query = query.where('opted_in', '=', input.opted_in)
      const {search} = input
      if (search !== undefined) {
        const [id = null] = /\d{8}/.test(search) ? await contactIds({db, engine: tenant.engine}, search) : []
        const digits = /^[\d\s()+.-]{4,}$/.test(search) ? search.replace(/\D/g, '') : ''
        const like = `%${search.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`
        query = query.where((e) =>
          e.or([
            ...(id === null ? [] : [e('id', '=', id)]),
            ...(digits.length < 4 ? [] : [e('phone', 'like', `%${digits}%`)]),
            sql<boolean>`lower(name) like ${like} escape '\\'`,
            sql<boolean>`lower(email) like ${like} escape '\\'`,
          ]),
        )
      }
      if (takesText && tenant.engine === 'sqlite') return readTextPage(db, query, input, contactColumns)
      const {rows, page} = await readPage(db, query, input)
      return {data: rows.map(presentContact), page}
    })
  },
})

export const showContact = operation({
  id: 'contacts.show',
  method: 'GET',
  path: '/contacts/{id}',
  permission: 'contacts:read',
  summary: 'Show a contact, by id, telephone number or name.',
  input: byId,
  output: Contact,
  status: 200,
  personal: true,
  run: async (context, {id}) => presentContact(await find(context, id)),
})

export const addContact = operation({
  id: 'contacts.add',
  method: 'POST',
  path: '/contacts',
  permission: 'contacts:write',
  summary: 'Add a contact by telephone number.',
  input: z.strictObject({phone, ...settable}),
  output: Contact,
  status: 201,
  async run(context, {phone: number, ...change}) {
    refuseTooMuch(change.attributes)
    const {tenant, ids, clock, principal} = context
    const now = clock.now()
    const id = await tenant.write(async (tx) => {
      if (await contactByPhone(tx, number)) {
        throw new PytakeError('CONFLICT', `There is a contact with the number ${number} already.`, {
          details: [{field: 'phone', message: 'belongs to a contact already'}],
        })
      }
      const contact = await findOrAddContact(tx, {phone: number, tenantId: tenant.name, ids, now})
      await changeContact(tx, {id: contact.id, change, source: principal.name, now})
      context.note({resource: contact.id, after: {phone: number, ...change}})
      return contact.id
    })
    return presentContact(await find(context, id))
  },
})

export const editContact = operation({
  id: 'contacts.edit',
  method: 'PUT',
  path: '/contacts/{id}',
  permission: 'contacts:write',
  summary: 'Change a contact. What is left out stays; null clears. `opted_in` is the consent for marketing.',
  input: byId.extend(settable),
  output: Contact,
  status: 200,
  async run(context, {id, ...change}) {
    const row = await find(context, id)
    refuseTooMuch({...row.attributes, ...change.attributes})
    context.note({resource: row.id, before: presentContact(row), after: change})
    const {tenant, clock, principal} = context
    await tenant.write((tx) => changeContact(tx, {id: row.id, change, source: principal.name, now: clock.now()}))
    return presentContact(await find(context, row.id))
  },
})

export const contactOperations = {listContacts, showContact, addContact, editContact}

async function find({tenant}: TenantContext, ref: string): Promise<ContactRow> {
  const rows = await tenant.read(async (db) => {
    const [id, other] = await contactIds({db, engine: tenant.engine}, ref)
    if (other !== undefined) throw new PytakeError('BAD_REQUEST', `Several contacts are named "${ref}". Give the id.`)
    return id === undefined ? [] : db.selectFrom('contacts').selectAll().where('id', '=', id).execute()
  })
  if (!rows[0]) throw noContact(ref)
  return rows[0]
}

/** Rules 4.8: what a flow can see of a contact has a limit. */
function refuseTooMuch(attributes: Record<string, unknown> | undefined): void {
  if (attributes === undefined || JSON.stringify(attributes).length <= MOST_ATTRIBUTES) return
  throw invalid('attributes', `are more than ${MOST_ATTRIBUTES} characters in all`)
}
