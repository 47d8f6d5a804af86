import type {Ddl, Migration} from '../../migration.ts'

/**
 * Fewer trees for each message that goes through: most messages have no provider's id for most of their way, and the queue
 * of a SQLite file is kept by its key instead of beside it.
 */
export const leanQueue: Migration = {
  name: '0008-lean-queue',
  statements: (d) => [
    'DROP INDEX idx_messages_whatsapp_id',
    `CREATE INDEX idx_messages_whatsapp_id ON messages(whatsapp_message_id) WHERE whatsapp_message_id IS NOT NULL`,
    ...(d.engine === 'sqlite' ? byKey(d) : ['DROP INDEX idx_outbox_recipient']),
    `CREATE INDEX idx_outbox_recipient ON outbox(recipient, id)`,
  ],
}

const byKey = (d: Ddl) => [
  'ALTER TABLE outbox RENAME TO outbox_before',
  `CREATE TABLE outbox (
      id ${d.uuid} PRIMARY KEY REFERENCES messages(id),
      config_id ${d.uuid} NOT NULL,
      conversation_id ${d.uuid} NOT NULL,
      contact_id ${d.uuid} NOT NULL,
      recipient VARCHAR(400) NOT NULL,
      state VARCHAR(20) NOT NULL,
      priority INTEGER NOT NULL,
      purpose VARCHAR(20) NOT NULL,
      attempts INTEGER NOT NULL,
      attempt_id VARCHAR(64),
      epoch ${d.big},
      reason TEXT,
      due_at ${d.time} NOT NULL,
      expires_at ${d.time} NOT NULL,
      sending_at ${d.time},
      created_at ${d.time} NOT NULL
    ) WITHOUT ROWID`,
  'INSERT INTO outbox SELECT * FROM outbox_before',
  'DROP TABLE outbox_before',
  `CREATE INDEX idx_outbox_queued ON outbox(config_id, priority, due_at, id) WHERE state = 'queued'`,
  `CREATE INDEX idx_outbox_open ON outbox(config_id, state) WHERE state <> 'queued'`,
]
