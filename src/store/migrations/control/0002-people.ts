import type {Ddl, Migration} from '../../migration.ts'

const sessions = (d: Ddl) => [
  `CREATE TABLE sessions (
      id ${d.uuid} PRIMARY KEY,
      user_id ${d.uuid} NOT NULL REFERENCES users(id),
      origin VARCHAR(255),
      created_at ${d.time} NOT NULL,
      refreshed_at ${d.time} NOT NULL,
      expires_at ${d.time} NOT NULL,
      revoked_at ${d.time},
      revoked_why VARCHAR(50)
    )`,
  `CREATE INDEX idx_sessions_user ON sessions(user_id)`,
  `CREATE INDEX idx_sessions_expires_at ON sessions(expires_at)`,
  `CREATE TABLE refresh_tokens (
      hash VARCHAR(64) PRIMARY KEY,
      session_id ${d.uuid} NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
      expires_at ${d.time} NOT NULL,
      used_at ${d.time}
    )`,
  `CREATE INDEX idx_refresh_tokens_session ON refresh_tokens(session_id)`,
]

/** How people sign in: sessions with their refresh tokens, keys that sign, one-time tokens, attempts that failed. */
export const people: Migration = {
  name: '0002-people',
  statements: (d) => [
    ...sessions(d),
    `CREATE TABLE signing_keys (
      kid VARCHAR(64) PRIMARY KEY,
      public_jwk TEXT NOT NULL,
      private_key TEXT NOT NULL,
      created_at ${d.time} NOT NULL
    )`,
    `CREATE TABLE one_time_tokens (
      hash VARCHAR(64) PRIMARY KEY,
      purpose VARCHAR(20) NOT NULL,
      tenant_id ${d.uuid} NOT NULL,
      user_id ${d.uuid},
      email VARCHAR(255) NOT NULL,
      role VARCHAR(50),
      created_by VARCHAR(255) NOT NULL,
      created_at ${d.time} NOT NULL,
      expires_at ${d.time} NOT NULL,
      used_at ${d.time}
    )`,
    `CREATE INDEX idx_one_time_tokens_email ON one_time_tokens(email)`,
    `CREATE TABLE failed_logins (
      key VARCHAR(64) PRIMARY KEY,
      failures INTEGER NOT NULL,
      last_at ${d.time} NOT NULL,
      locked_until_at ${d.time}
    )`,
  ],
}
