import {type Ddl, monthlyTable} from '../migration.ts'

/** The event log, the same in the control and in every tenant database. Part of both first migrations, frozen with them. */
export const eventLog = (d: Ddl): string[] => [
  `CREATE TABLE log_head (id INTEGER PRIMARY KEY, log_id VARCHAR(64) NOT NULL, seq ${d.big} NOT NULL)`,
  ...monthlyTable(
    d,
    'events',
    'seq',
    `seq ${d.big} NOT NULL, type VARCHAR(64) NOT NULL, data ${d.json} NOT NULL, created_at ${d.time} NOT NULL`,
  ),
  `CREATE INDEX idx_events_created_at ON events(created_at)`,
]

export const auditLog = (d: Ddl, tenant: string): string[] => [
  `CREATE TABLE audit_log (
    id ${d.uuid} PRIMARY KEY,${tenant}
    principal VARCHAR(255) NOT NULL,
    action VARCHAR(100) NOT NULL,
    resource_id VARCHAR(255),
    before ${d.json},
    after ${d.json},
    origin VARCHAR(255),
    created_at ${d.time} NOT NULL
  )`,
  `CREATE INDEX idx_audit_log_created_at ON audit_log(created_at)`,
]

export const idempotencyKeys = (d: Ddl): string[] => [
  `CREATE TABLE idempotency_keys (
    key VARCHAR(300) PRIMARY KEY,
    fingerprint VARCHAR(64) NOT NULL,
    status INTEGER NOT NULL,
    response TEXT NOT NULL,
    created_at ${d.time} NOT NULL
  )`,
]
