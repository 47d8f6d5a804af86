import type {Migration} from '../../migration.ts'

/** Pages of the lists that grow with a tenant's customers come in the order of an index; without one each page sorts them all. */
export const listOrder: Migration = {
  name: '0006-list-order',
  statements: () => [
    `CREATE INDEX idx_contacts_created ON contacts(created_at, id)`,
    `CREATE INDEX idx_conversations_last_message ON conversations(last_message_at, id)`,
  ],
}
