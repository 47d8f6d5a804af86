import type {Ddl, Migration} from '../../migration.ts'
import {auditLog, eventLog, idempotencyKeys} from '../shared-0001.ts'

const people = (d: Ddl) => [
  `CREATE TABLE meta (key VARCHAR(100) PRIMARY KEY, value TEXT NOT NULL)`,
  `CREATE TABLE tenants (
      id ${d.uuid} PRIMARY KEY DEFAULT ${d.newUuid},
      name VARCHAR(255) NOT NULL,
      domain VARCHAR(255) UNIQUE,
      plan VARCHAR(50) NOT NULL,
      limits ${d.json} NOT NULL,
      settings ${d.json} NOT NULL,
      billing ${d.json} NOT NULL,
      state VARCHAR(20) NOT NULL,
      removed_at ${d.time},
      created_at ${d.time} DEFAULT ${d.now},
      updated_at ${d.time} DEFAULT ${d.now}
    )`,
  `CREATE TABLE users (
      id ${d.uuid} PRIMARY KEY DEFAULT ${d.newUuid},
      tenant_id ${d.uuid} NOT NULL,
      email VARCHAR(255) UNIQUE NOT NULL,
      password_hash VARCHAR(255) NOT NULL,
      name VARCHAR(255) NOT NULL,
      role VARCHAR(50) NOT NULL DEFAULT 'user',
      is_active ${d.boolean} DEFAULT ${d.yes},
      last_login ${d.time},
      created_at ${d.time} DEFAULT ${d.now},
      updated_at ${d.time} DEFAULT ${d.now}
    )`,
  `CREATE INDEX idx_users_tenant ON users(tenant_id)`,
  `CREATE INDEX idx_users_email ON users(email)`,
  `CREATE TABLE api_tokens (
      id ${d.uuid} PRIMARY KEY,
      tenant_id ${d.uuid} REFERENCES tenants(id),
      name VARCHAR(255) NOT NULL,
      hash VARCHAR(64) UNIQUE NOT NULL,
      scopes ${d.textArray} NOT NULL,
      platform ${d.boolean} NOT NULL,
      expires_at ${d.time},
      last_used_at ${d.time},
      revoked_at ${d.time},
      created_by VARCHAR(255),
      created_at ${d.time} DEFAULT ${d.now}
    )`,
]

const platform = (d: Ddl) => [
  `CREATE TABLE channel_routes (
      config_id ${d.uuid} PRIMARY KEY,
      tenant_id ${d.uuid} NOT NULL,
      api_type VARCHAR(50) NOT NULL,
      number VARCHAR(255),
      business_account_id VARCHAR(255),
      secrets TEXT NOT NULL,
      state VARCHAR(20) NOT NULL,
      verified_at ${d.time},
      created_at ${d.time} DEFAULT ${d.now},
      updated_at ${d.time} DEFAULT ${d.now}
    )`,
  `CREATE INDEX idx_channel_routes_number ON channel_routes(api_type, number)`,
  `CREATE INDEX idx_channel_routes_tenant ON channel_routes(tenant_id)`,
  `CREATE TABLE due_hints (tenant_id ${d.uuid} PRIMARY KEY, at ${d.big} NOT NULL, marks ${d.big} NOT NULL)`,
  `CREATE INDEX idx_due_hints_at ON due_hints(at)`,
  `CREATE TABLE nodes (
      id ${d.uuid} PRIMARY KEY,
      host VARCHAR(255) NOT NULL,
      pid INTEGER NOT NULL,
      roles ${d.textArray} NOT NULL,
      url VARCHAR(255),
      started_at ${d.time} NOT NULL,
      seen_at ${d.time} NOT NULL
    )`,
  `CREATE TABLE dead_letters (
      id ${d.serial},
      tenant_id ${d.uuid},
      reason VARCHAR(100) NOT NULL,
      body TEXT NOT NULL,
      received_at ${d.time} NOT NULL,
      replayed_at ${d.time}
    )`,
]

export const initial: Migration = {
  name: '0001-initial',
  statements: (d) => [
    ...people(d),
    ...platform(d),
    ...auditLog(d, ` tenant_id ${d.uuid},`),
    ...idempotencyKeys(d),
    ...eventLog(d),
  ],
}
