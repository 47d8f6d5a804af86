import type {MigrationLists} from '../../src/store/storage.ts'
import {controlMigrations, tenantMigrations} from '../../src/store/migrations/list.ts'

/** The program of tomorrow: one migration more on both kinds of database. */
export const oneAhead: MigrationLists = {
  control: [
    ...controlMigrations,
    {name: '9999-colour', statements: () => [`ALTER TABLE tenants ADD COLUMN colour VARCHAR(20)`]},
  ],
  tenant: [
    ...tenantMigrations,
    {
      name: '9999-colour',
      statements: () => [
        `ALTER TABLE contacts ADD COLUMN colour VARCHAR(20)`,
        `DROP INDEX idx_messages_whatsapp_id`,
        `CREATE UNIQUE INDEX idx_contacts_email ON contacts(email)`,
      ],
    },
  ],
}
