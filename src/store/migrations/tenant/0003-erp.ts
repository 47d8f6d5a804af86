import type {Ddl, Migration} from '../../migration.ts'

const connections = (d: Ddl) => [
  `CREATE TABLE erp_connections (
      id ${d.uuid} PRIMARY KEY DEFAULT ${d.newUuid},
      tenant_id ${d.uuid} NOT NULL,
      erp_type VARCHAR(50) NOT NULL,
      name VARCHAR(255) NOT NULL,
      api_url TEXT NOT NULL,
      api_key TEXT,
      api_secret TEXT,
      sync_enabled ${d.boolean} NOT NULL,
      sync_interval INTEGER NOT NULL,
      field_mapping ${d.json},
      credentials TEXT,
      settings ${d.json},
      ca_certificate TEXT,
      allow_private_network ${d.boolean} NOT NULL,
      is_default ${d.boolean} NOT NULL,
      sync_state ${d.json},
      created_at ${d.time} NOT NULL,
      updated_at ${d.time} NOT NULL
    )`,
  `CREATE UNIQUE INDEX idx_erp_connections_name ON erp_connections(name)`,
  `CREATE UNIQUE INDEX idx_erp_connections_default ON erp_connections(erp_type) WHERE is_default = ${d.yes}`,
]

const traces = (d: Ddl) => [
  // Written before a ticket goes out, so that the same reference never opens a second one.
  `CREATE TABLE erp_tickets (
      reference VARCHAR(64) PRIMARY KEY,
      connection_id ${d.uuid} NOT NULL,
      customer_id VARCHAR(255) NOT NULL,
      state VARCHAR(20) NOT NULL,
      ticket_id VARCHAR(255),
      protocol VARCHAR(255),
      created_at ${d.time} NOT NULL,
      updated_at ${d.time} NOT NULL
    )`,
  // A mark tells documents of one contact and day apart and says nothing about them.
  `CREATE TABLE erp_lookups (
      contact_id ${d.uuid} NOT NULL,
      day VARCHAR(10) NOT NULL,
      mark VARCHAR(8) NOT NULL,
      PRIMARY KEY (contact_id, day, mark)
    )`,
  `CREATE TABLE erp_customers (
      connection_id ${d.uuid} NOT NULL,
      customer_id VARCHAR(255) NOT NULL,
      contact_id ${d.uuid},
      synced_at ${d.time} NOT NULL,
      PRIMARY KEY (connection_id, customer_id)
    )`,
  `CREATE INDEX idx_erp_customers_contact ON erp_customers(contact_id)`,
  `CREATE TABLE erp_invoices (
      connection_id ${d.uuid} NOT NULL,
      invoice_id VARCHAR(255) NOT NULL,
      customer_id VARCHAR(255) NOT NULL,
      contact_id ${d.uuid},
      status VARCHAR(20) NOT NULL,
      amount_cents ${d.big} NOT NULL,
      due_on VARCHAR(10),
      told_at ${d.time},
      synced_at ${d.time} NOT NULL,
      PRIMARY KEY (connection_id, invoice_id)
    )`,
]

export const erp: Migration = {name: '0003-erp', statements: (d) => [...connections(d), ...traces(d)]}
