import type {Selectable} from 'kysely'
import type {Conversations} from '../store/schema/messaging.ts'

type Row = Pick<
  Selectable<Conversations>,
  'id' | 'contact_id' | 'whatsapp_config_id' | 'contact_name' | 'contact_phone'
>

/** Whose conversation it is, in the words of events. */
export const subjectOf = (row: Row) => ({
  conversation_id: row.id,
  contact_id: row.contact_id,
  config_id: row.whatsapp_config_id,
  contact_name: row.contact_name,
  contact_phone: row.contact_phone,
})
