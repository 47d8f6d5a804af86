import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect} from 'vitest'
import {run, type Ran, type RunOptions} from './cli.ts'
import {startApi, type TestServer} from './server.ts'
import {onBothEngines, type Place} from './stores.ts'

export interface Way {
  where: 'local' | 'remote'
  /** Where the data is, both ways. */
  place(this: void): Place
  pytake(this: void, argv: readonly string[], more?: RunOptions): Promise<Ran>
  /** Writes a file and returns its path. */
  file(this: void, name: string, text: string): string
}

/**
 * Runs the same tests through the store of this process and through a server, on both engines. A tenant `Nobody else`
 * is there already.
 */
export function localAndRemote(title: string, body: (way: Way) => void): void {
  onBothEngines(title, (place) => {
    let server: TestServer
    let folder: string
    const remoteEnv = () => ({XDG_CONFIG_HOME: join(folder, 'config')})

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'pytake-cli-'))
      server = await startApi(place().env())
      const env = place().env()
      const made = await run(['tenant', 'create', '--name', 'Nobody else'], {env})
      expect(made.exitCode, made.stderr).toBe(0)
      const token = await run(['token', 'create', '--name', 'ops', '--platform', '--json'], {env})
      const stdin = `${token.json().token}\n`
      const argv = ['context', 'add', 'there', '--url', server.url, '--token-stdin']
      expect((await run(argv, {env: remoteEnv(), stdin})).exitCode).toBe(0)
      expect((await run(['context', 'use', 'there'], {env: remoteEnv()})).exitCode).toBe(0)
    })
    afterAll(async () => {
      await server.close()
      rmSync(folder, {recursive: true, force: true})
    })

    describe.each(['local', 'remote'] as const)('%s', (where) => {
      body({
        where,
        place,
        pytake: (argv, more = {}) =>
          run(argv, {...more, env: {...(where === 'local' ? place().env() : remoteEnv()), ...more.env}}),
        file(name, text) {
          const path = join(folder, name)
          writeFileSync(path, text)
          return path
        },
      })
    })
  })
}
