import type {Ddl, Migration} from '../../migration.ts'

const tables = (d: Ddl) => [
  // `seq` is how far the hook has read the event log.
  `CREATE TABLE hooks (
      id ${d.uuid} PRIMARY KEY DEFAULT ${d.newUuid},
      tenant_id ${d.uuid} NOT NULL,
      name VARCHAR(255) NOT NULL,
      url TEXT NOT NULL,
      types ${d.json} NOT NULL,
      secret TEXT NOT NULL,
      old_secret TEXT,
      old_secret_until_at ${d.time},
      ordered ${d.boolean} NOT NULL,
      concurrency INTEGER NOT NULL,
      state VARCHAR(20) NOT NULL,
      reason TEXT,
      seq ${d.big} NOT NULL,
      hold_until_at ${d.time},
      failing_since_at ${d.time},
      created_by VARCHAR(255) NOT NULL,
      created_at ${d.time} NOT NULL,
      updated_at ${d.time} NOT NULL
    )`,
  `CREATE UNIQUE INDEX idx_hooks_name ON hooks(name)`,
  // What is sent is made from the event each time, so it is not kept twice.
  `CREATE TABLE hook_deliveries (
      id ${d.uuid} PRIMARY KEY,
      hook_id ${d.uuid} NOT NULL,
      seq ${d.big} NOT NULL,
      type VARCHAR(64) NOT NULL,
      state VARCHAR(20) NOT NULL,
      attempts INTEGER NOT NULL,
      due_at ${d.time},
      status INTEGER,
      response TEXT,
      error TEXT,
      created_at ${d.time} NOT NULL,
      updated_at ${d.time} NOT NULL
    )`,
  `CREATE UNIQUE INDEX idx_hook_deliveries_event ON hook_deliveries(hook_id, seq)`,
  `CREATE INDEX idx_hook_deliveries_due ON hook_deliveries(hook_id, due_at) WHERE state = 'pending'`,
  `CREATE INDEX idx_hook_deliveries_waiting ON hook_deliveries(hook_id, seq) WHERE state = 'pending'`,
  `CREATE INDEX idx_hook_deliveries_dead ON hook_deliveries(hook_id) WHERE state = 'dead'`,
  `CREATE INDEX idx_hook_deliveries_age ON hook_deliveries(updated_at)`,
]

export const hooks: Migration = {name: '0005-hooks', statements: tables}
