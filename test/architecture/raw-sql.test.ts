import {ESLint, Linter} from 'eslint'
import {beforeAll, expect, it} from 'vitest'
import {parser} from 'typescript-eslint'

let problems: (text: string, file: string) => string[]

/** The project's own rule, applied to lines that nobody should write. */
beforeAll(async () => {
  const eslint = new ESLint()
  const rules = new Map<string, Linter.RulesRecord>()
  for (const file of ['src/operations/page.ts', 'src/store/retention.ts', 'commands/migrate.ts']) {
    const config = (await eslint.calculateConfigForFile(file)) as {rules: Linter.RulesRecord}
    rules.set(file, {'no-restricted-syntax': config.rules['no-restricted-syntax'] ?? 'off'})
  }
  problems = (text, file) =>
    new Linter()
      .verify(text, {files: ['**/*.ts'], languageOptions: {parser}, rules: rules.get(file)}, {filename: 'x.ts'})
      .map(({message}) => message)
})

const crossings = [
  'sql`SELECT * FROM tenant_b.contacts`.execute(q)',
  'sql<Row>`SELECT 1 AS one FROM contacts c JOIN "tenant_b"."messages" m ON true`',
  'sql`SELECT 1\n  FROM\n  pytake_control.tenants`',
  "sql.raw('delete from only tenant_b.contacts')",
  'sql.raw(`UPDATE tenant_b.contacts SET name = NULL`)',
  "sql.table('tenant_b.contacts')",
  "sql.id('tenant_b.contacts')",
  "db.withSchema('tenant_b').selectFrom('contacts')",
  'sql`SET search_path TO tenant_b`',
  'sql`RESET ROLE`',
  "sql.raw('set local role none')",
  'sql`SET SESSION AUTHORIZATION postgres`',
  "sql`SELECT set_config('role', 'none', true)`",
]

it.each(crossings)('%s is a lint error outside the store', (text) => {
  expect(problems(text, 'src/operations/page.ts')).toHaveLength(1)
  expect(problems(text, 'commands/migrate.ts')).toHaveLength(1)
  expect(problems(text, 'src/store/retention.ts')).toEqual([])
})

it.each([
  "sql`SELECT o.id FROM outbox o WHERE o.state = 'queued'`",
  'sql`UPDATE lanes SET holder = o.holder FROM outbox o`',
  "sql<string>`billing ->> 'status'`",
])('%s is none', (text) => {
  expect(problems(text, 'src/operations/page.ts')).toEqual([])
})
