import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {Config} from '@oclif/core/config'
import {afterEach, beforeEach, expect, it} from 'vitest'
import {PytakeCommand} from '../../src/cli/command.ts'
import {type Io, useIo} from '../../src/cli/io.ts'
import {listTenants} from '../../src/operations/tenants.ts'

class Patient extends PytakeCommand {
  run = () => Promise.resolve()
  tenants = () => this.call(listTenants, {})
  end = () => this.finally()
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const silent = {write: () => undefined, isTTY: false, columns: 80}
let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'pytake-command-'))))
afterEach(() => rmSync(folder, {recursive: true, force: true}))

it.each([
  ['a data folder that cannot be made', 'data', 'a file where the folder should be'],
  ['a contexts file that cannot be read', join('config', 'pytake', 'contexts.json'), '{'],
])('tries again after %s, and finds what has been put right', async (_title, name, content) => {
  const config = await Config.load({root})
  const home = join(folder, 'data')
  const env = name === 'data' ? {PYTAKE_HOME: home} : {XDG_CONFIG_HOME: join(folder, 'config'), XDG_DATA_HOME: home}
  mkdirSync(join(folder, name, '..'), {recursive: true})
  writeFileSync(join(folder, name), content)
  const io = {env, cwd: folder, osUser: 'tester', stdin: {isTTY: false}, stdout: silent, stderr: silent}
  useIo(config, io as unknown as Io)
  const command = new Patient([], config)
  await expect(command.tenants()).rejects.toThrow()
  rmSync(join(folder, name))
  expect((await command.tenants()).data).toEqual([])
  await command.end()
})
