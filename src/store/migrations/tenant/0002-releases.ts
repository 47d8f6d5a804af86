import type {Migration} from '../../migration.ts'

/** What a release was made from and by what, and releases that only a share of the people get at first. */
export const releases: Migration = {
  name: '0002-releases',
  statements: (d) => [
    `ALTER TABLE flow_releases ADD COLUMN note TEXT`,
    `ALTER TABLE flow_releases ADD COLUMN ci_url TEXT`,
    // The file as it was applied, its comments and its variables included: what can be pulled and promoted.
    `ALTER TABLE flow_releases ADD COLUMN source TEXT`,
    `CREATE TABLE flow_canaries (
      flow_id ${d.uuid} PRIMARY KEY REFERENCES flows(id),
      version INTEGER NOT NULL,
      release VARCHAR(64) NOT NULL,
      share DOUBLE PRECISION NOT NULL,
      state VARCHAR(20) NOT NULL,
      reason TEXT,
      abort_when TEXT,
      min_sessions INTEGER NOT NULL,
      sessions INTEGER NOT NULL,
      ended INTEGER NOT NULL,
      failed INTEGER NOT NULL,
      started_by VARCHAR(255) NOT NULL,
      started_at ${d.time} NOT NULL,
      ended_at ${d.time}
    )`,
    // Written once a session: neither column changes while it runs.
    `CREATE INDEX idx_flow_sessions_flow ON flow_sessions(flow_id, started_at)`,
  ],
}
