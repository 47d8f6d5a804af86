import type {Migration} from '../../migration.ts'

/** What somebody writes on before it is published: one draft a flow at most. */
export const drafts: Migration = {
  name: '0004-drafts',
  statements: (d) => [
    `CREATE TABLE flow_drafts (
      flow_id ${d.uuid} PRIMARY KEY REFERENCES flows(id),
      revision INTEGER NOT NULL,
      base_version INTEGER NOT NULL,
      definition ${d.json} NOT NULL,
      source TEXT NOT NULL,
      warnings ${d.json} NOT NULL,
      author VARCHAR(255) NOT NULL,
      created_at ${d.time} NOT NULL,
      updated_at ${d.time} NOT NULL
    )`,
  ],
}
