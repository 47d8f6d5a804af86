import {type Ddl, type Migration, monthlyTable} from '../../migration.ts'
import {auditLog, eventLog, idempotencyKeys} from '../shared-0001.ts'

const stamps = (d: Ddl) => `created_at ${d.time} DEFAULT ${d.now},
      updated_at ${d.time} DEFAULT ${d.now}`

const people = (d: Ddl) => [
  `CREATE TABLE whatsapp_configs (
      id ${d.uuid} PRIMARY KEY DEFAULT ${d.newUuid},
      tenant_id ${d.uuid} NOT NULL,
      name VARCHAR(255) NOT NULL,
      phone_number VARCHAR(50) NOT NULL,
      phone_number_id VARCHAR(255),
      business_account_id VARCHAR(255),
      access_token TEXT,
      webhook_verify_token VARCHAR(255),
      api_type VARCHAR(50) NOT NULL,
      evolution_instance VARCHAR(255),
      evolution_api_key TEXT,
      is_active ${d.boolean} DEFAULT ${d.yes},
      daily_limit INTEGER DEFAULT 1000,
      rate_limit_per_minute INTEGER DEFAULT 60,
      app_secret TEXT,
      app_secret_previous TEXT,
      webhook_secret TEXT,
      api_url TEXT,
      allow_private_network ${d.boolean} NOT NULL,
      mark_read VARCHAR(20) NOT NULL,
      metadata ${d.json},
      removed_at ${d.time},
      ${stamps(d)}
    )`,
  `CREATE UNIQUE INDEX idx_whatsapp_configs_name ON whatsapp_configs(name) WHERE removed_at IS NULL`,
  `CREATE TABLE contacts (
      id ${d.uuid} PRIMARY KEY DEFAULT ${d.newUuid},
      tenant_id ${d.uuid} NOT NULL,
      phone VARCHAR(50) UNIQUE,
      name VARCHAR(255),
      email VARCHAR(255),
      tags ${d.textArray},
      attributes ${d.json},
      opted_in ${d.boolean} DEFAULT ${d.yes},
      ${stamps(d)}
    )`,
  `CREATE TABLE contact_identities (
      kind VARCHAR(20) NOT NULL,
      scope VARCHAR(64) NOT NULL,
      value VARCHAR(255) NOT NULL,
      contact_id ${d.uuid} NOT NULL REFERENCES contacts(id),
      -- People are looked up by value, whatever its kind.
      PRIMARY KEY (value, kind, scope)
    )`,
  `CREATE INDEX idx_contact_identities_contact ON contact_identities(contact_id)`,
  `CREATE TABLE contact_consents (
      contact_id ${d.uuid} NOT NULL REFERENCES contacts(id),
      purpose VARCHAR(50) NOT NULL,
      granted ${d.boolean} NOT NULL,
      source VARCHAR(100) NOT NULL,
      created_at ${d.time} NOT NULL,
      PRIMARY KEY (contact_id, purpose, created_at)
    )`,
]

const conversations = (d: Ddl) => [
  `CREATE TABLE conversations (
      id ${d.uuid} PRIMARY KEY DEFAULT ${d.newUuid},
      tenant_id ${d.uuid} NOT NULL,
      whatsapp_config_id ${d.uuid} NOT NULL,
      contact_phone VARCHAR(50),
      contact_name VARCHAR(255),
      status VARCHAR(50) DEFAULT 'active',
      assigned_to ${d.uuid},
      tags ${d.textArray},
      metadata ${d.json},
      last_message_at ${d.time},
      contact_id ${d.uuid} NOT NULL REFERENCES contacts(id),
      holder VARCHAR(20) NOT NULL,
      held_until_at ${d.time},
      reply_to VARCHAR(400) NOT NULL,
      last_inbound_at ${d.time},
      ${stamps(d)}
    )`,
  `CREATE INDEX idx_conversations_tenant ON conversations(tenant_id)`,
  `CREATE INDEX idx_conversations_status ON conversations(status)`,
  `CREATE INDEX idx_conversations_phone ON conversations(contact_phone)`,
  `CREATE INDEX idx_conversations_contact ON conversations(contact_id, whatsapp_config_id)`,
  `CREATE UNIQUE INDEX idx_conversations_open ON conversations(contact_id, whatsapp_config_id)
     WHERE status IN ('active', 'waiting')`,
  `CREATE TABLE messages (
      id ${d.uuid} PRIMARY KEY DEFAULT ${d.newUuid},
      conversation_id ${d.uuid} NOT NULL REFERENCES conversations(id),
      direction VARCHAR(20) NOT NULL,
      type VARCHAR(50) NOT NULL,
      content TEXT,
      media_url TEXT,
      status VARCHAR(50),
      whatsapp_message_id VARCHAR(255),
      error_message TEXT,
      metadata ${d.json},
      whatsapp_config_id ${d.uuid} NOT NULL,
      contact_id ${d.uuid} NOT NULL,
      status_at ${d.time},
      created_at ${d.time} DEFAULT ${d.now}
    )`,
  `CREATE INDEX idx_messages_conversation ON messages(conversation_id)`,
  `CREATE INDEX idx_messages_created_at ON messages(created_at DESC)`,
  `CREATE INDEX idx_messages_whatsapp_id ON messages(whatsapp_message_id)`,
  `CREATE TABLE message_statuses (
      whatsapp_message_id VARCHAR(255) NOT NULL,
      status VARCHAR(20) NOT NULL,
      participant VARCHAR(255) NOT NULL,
      data ${d.json},
      created_at ${d.time} NOT NULL,
      PRIMARY KEY (whatsapp_message_id, status, participant)
    )`,
  `CREATE TABLE media (
      sha256 VARCHAR(64) PRIMARY KEY,
      mime_type VARCHAR(255) NOT NULL,
      size ${d.big} NOT NULL,
      filename VARCHAR(255),
      created_at ${d.time} NOT NULL
    )`,
]

const rawWebhooks = (d: Ddl) =>
  monthlyTable(d, 'raw_webhooks', 'id', `id ${d.uuid} NOT NULL, body TEXT NOT NULL, created_at ${d.time} NOT NULL`)

const inboxAndOutbox = (d: Ddl) => [
  `CREATE TABLE inbox (
      id ${d.serial},
      key VARCHAR(400) NOT NULL,
      config_id ${d.uuid} NOT NULL,
      kind VARCHAR(20) NOT NULL,
      dedupe_key VARCHAR(500) NOT NULL,
      body TEXT NOT NULL,
      raw_id ${d.uuid},
      state VARCHAR(20) NOT NULL,
      attempts INTEGER NOT NULL,
      error TEXT,
      due_at ${d.time},
      received_at ${d.time} NOT NULL
    )`,
  `CREATE UNIQUE INDEX idx_inbox_dedupe ON inbox(dedupe_key)`,
  `CREATE INDEX idx_inbox_pending ON inbox(id) WHERE state = 'pending'`,
  `CREATE INDEX idx_inbox_failed ON inbox(id) WHERE state = 'failed'`,
  ...rawWebhooks(d),
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
    )`,
  `CREATE INDEX idx_outbox_queued ON outbox(config_id, priority, due_at, id) WHERE state = 'queued'`,
  `CREATE INDEX idx_outbox_open ON outbox(config_id, state) WHERE state <> 'queued'`,
  `CREATE INDEX idx_outbox_recipient ON outbox(config_id, recipient, id)`,
  `CREATE TABLE lanes (
      config_id ${d.uuid} PRIMARY KEY,
      holder VARCHAR(64),
      epoch ${d.big} NOT NULL,
      lease_until_at ${d.time},
      state VARCHAR(20) NOT NULL,
      reason TEXT,
      tokens DOUBLE PRECISION,
      tokens_at ${d.time},
      slow_until_at ${d.time},
      slow_factor DOUBLE PRECISION,
      updated_at ${d.time} NOT NULL
    )`,
  `CREATE TABLE lane_days (
      config_id ${d.uuid} NOT NULL,
      day VARCHAR(10) NOT NULL,
      accepted INTEGER NOT NULL,
      PRIMARY KEY (config_id, day)
    )`,
]

const flows = (d: Ddl) => [
  `CREATE TABLE flows (
      id ${d.uuid} PRIMARY KEY DEFAULT ${d.newUuid},
      tenant_id ${d.uuid} NOT NULL,
      name VARCHAR(255) NOT NULL,
      description TEXT,
      trigger_type VARCHAR(50) NOT NULL,
      trigger_value TEXT,
      nodes ${d.json} NOT NULL,
      edges ${d.json} NOT NULL,
      is_active ${d.boolean} DEFAULT ${d.no},
      version INTEGER DEFAULT 1,
      created_by ${d.uuid},
      flow_key VARCHAR(64) NOT NULL,
      release VARCHAR(64) NOT NULL,
      project VARCHAR(255),
      ${stamps(d)}
    )`,
  `CREATE INDEX idx_flows_tenant_active ON flows(tenant_id, is_active)`,
  `CREATE UNIQUE INDEX idx_flows_key ON flows(flow_key)`,
  `CREATE TABLE flow_releases (
      flow_id ${d.uuid} NOT NULL REFERENCES flows(id),
      version INTEGER NOT NULL,
      release VARCHAR(64) NOT NULL,
      definition ${d.json} NOT NULL,
      author VARCHAR(255) NOT NULL,
      commit_id VARCHAR(64),
      created_at ${d.time} NOT NULL,
      PRIMARY KEY (flow_id, version)
    )`,
  `CREATE INDEX idx_flow_releases_release ON flow_releases(release)`,
  `CREATE TABLE flow_sessions (
      id ${d.uuid} PRIMARY KEY DEFAULT ${d.newUuid},
      flow_id ${d.uuid} NOT NULL REFERENCES flows(id),
      conversation_id ${d.uuid} NOT NULL,
      current_node_id VARCHAR(255),
      context ${d.json},
      status VARCHAR(50) DEFAULT 'active',
      started_at ${d.time} DEFAULT ${d.now},
      completed_at ${d.time},
      contact_id ${d.uuid} NOT NULL,
      config_id ${d.uuid} NOT NULL,
      release VARCHAR(64) NOT NULL,
      due_at ${d.time},
      expires_at ${d.time} NOT NULL
    )`,
  `CREATE UNIQUE INDEX idx_flow_sessions_active ON flow_sessions(conversation_id)
     WHERE status IN ('active', 'calling', 'transferred')`,
  `CREATE INDEX idx_flow_sessions_due ON flow_sessions(due_at) WHERE due_at IS NOT NULL`,
  `CREATE TABLE flow_fires (flow_id ${d.uuid} PRIMARY KEY REFERENCES flows(id), due_at ${d.time}, last_at ${d.time})`,
]

const rest = (d: Ddl) => [
  `CREATE TABLE jobs (
      id ${d.uuid} PRIMARY KEY,
      kind VARCHAR(100) NOT NULL,
      job_key VARCHAR(300),
      payload ${d.json},
      state VARCHAR(20) NOT NULL,
      attempts INTEGER NOT NULL,
      max_attempts INTEGER NOT NULL,
      token VARCHAR(64),
      lease_until_at ${d.time},
      progress ${d.json},
      result ${d.json},
      error TEXT,
      created_by VARCHAR(255) NOT NULL,
      due_at ${d.time} NOT NULL,
      created_at ${d.time} NOT NULL,
      updated_at ${d.time} NOT NULL
    )`,
  `CREATE INDEX idx_jobs_pending ON jobs(due_at) WHERE state = 'pending'`,
  `CREATE INDEX idx_jobs_running ON jobs(lease_until_at) WHERE state = 'running'`,
  `CREATE UNIQUE INDEX idx_jobs_key ON jobs(job_key) WHERE state IN ('pending', 'running')`,
  `CREATE TABLE secrets (
      name VARCHAR(100) PRIMARY KEY,
      value TEXT NOT NULL,
      updated_by VARCHAR(255) NOT NULL,
      updated_at ${d.time} NOT NULL
    )`,
  `CREATE TABLE consumers (name VARCHAR(100) PRIMARY KEY, seq ${d.big} NOT NULL)`,
  `CREATE TABLE campaigns (
      id ${d.uuid} PRIMARY KEY DEFAULT ${d.newUuid},
      tenant_id ${d.uuid} NOT NULL,
      name VARCHAR(255) NOT NULL,
      type VARCHAR(50) NOT NULL,
      status VARCHAR(50) DEFAULT 'draft',
      schedule ${d.json},
      targeting ${d.json},
      message ${d.json},
      limits ${d.json},
      metrics ${d.json},
      created_by ${d.uuid},
      ${stamps(d)}
    )`,
  ...auditLog(d, ''),
  ...idempotencyKeys(d),
  ...eventLog(d),
]

export const initial: Migration = {
  name: '0001-initial',
  statements: (d) => [...people(d), ...conversations(d), ...inboxAndOutbox(d), ...flows(d), ...rest(d)],
}
