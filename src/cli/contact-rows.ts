import {PytakeError} from '../base/errors.ts'
import type {Contact} from '../operations/contact-row.ts'
import type {Cell, Columns} from './output.ts'

export const contactColumns: Columns<Contact> = {
  id: ({id}) => id,
  name: ({name}) => name,
  phone: ({phone}) => phone,
  email: ({email}) => email,
  tags: ({tags}) => tags.join(', '),
  marketing: consentOf,
}

export const contactFields = (contact: Contact): Record<string, Cell> => ({
  id: contact.id,
  name: contact.name,
  phone: contact.phone,
  email: contact.email,
  tags: contact.tags.join(', '),
  marketing: consentOf(contact),
  ...Object.fromEntries(Object.entries(contact.attributes).map(([key, value]) => [key, String(value)])),
  created_at: contact.created_at,
  updated_at: contact.updated_at,
})

/** Whom a conversation or a message is with. Either may be missing: WhatsApp users can hide their number. */
export const nameAndPhone = (row: {contact_name: string | null; contact_phone: string | null}): string =>
  [row.contact_name, row.contact_phone].filter(Boolean).join(' ')

function consentOf({opted_in: optedIn}: Contact): string {
  return optedIn ? 'yes' : 'opted out'
}

/** `plan=gold`; `plan=` takes the attribute away. Numbers and true or false keep their type. */
export function attributesOf(pairs: readonly string[] | undefined) {
  if (!pairs) return undefined
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1) throw new PytakeError('BAD_REQUEST', `--attribute ${pair}: write it as NAME=VALUE.`)
      return [pair.slice(0, at), valueOf(pair.slice(at + 1))]
    }),
  )
}

function valueOf(text: string): string | number | boolean | null {
  if (text === '') return null
  if (text === 'true' || text === 'false') return text === 'true'
  return /^-?(0|[1-9]\d{0,14})(\.\d{1,6})?$/.test(text) ? Number(text) : text
}
