import {availableParallelism} from 'node:os'
import {defineConfig} from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    // What is too long for every change is for `npm run test:deep`.
    exclude: [...(process.env.PYTAKE_DEEP ? [] : ['test/deep/**']), 'node_modules/**'],
    globalSetup: ['test/support/postgres-setup.ts', 'test/support/browser-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Half of the time a test waits for processes of its own: with one file for each processor, some of them would be idle.
    maxWorkers: availableParallelism() + 1,
    // GraphQL comes as two kinds of module, and only one of them may be loaded: what imports it goes the same way as we do.
    server: {deps: {inline: ['graphql-ws']}},
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts', 'src/**/*.tsx', 'commands/**/*.ts'],
      reporter: ['text-summary'],
      thresholds: {lines: 80},
    },
  },
})
