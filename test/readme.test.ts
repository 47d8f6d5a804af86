import {execFile, execFileSync, spawn} from 'node:child_process'
import {existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {afterAll, beforeAll, expect, it} from 'vitest'
import {freePort} from './support/free-port.ts'

const root = join(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

it('has the tables of settings and roles that the program has', async () => {
  await promisify(execFile)(process.execPath, [join(root, 'scripts/settings-table.mjs'), '--check'])
})

const tour = [...readme.matchAll(/```sh tour\n([\s\S]*?)```/g)].map(([, block]) => block).join('\n')
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pytake-tour-'))
  symlinkSync(join(root, 'templates'), join(folder, 'templates'))
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))

it('gives a tour whose commands all work, one after the other', async () => {
  if (!existsSync(join(root, 'dist/start.js'))) execFileSync(process.execPath, [join(root, 'scripts/build.mjs')])
  const [api, cloud, evolution, erp] = [await freePort(), await freePort(), await freePort(), await freePort()]
  const script = tour
    .replaceAll('8080', String(api))
    .replaceAll('9400', String(cloud))
    .replace(
      'pytake sandbox &',
      `pytake sandbox --port ${cloud} --evolution-port ${evolution} --erp-port ${erp} --server http://127.0.0.1:${api} &`,
    )
    .replace('pytake serve &', `pytake serve --port ${api} &`)
  const text = `set -eu
trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT
${script}`
  writeFileSync(join(folder, 'tour.sh'), text)
  // A program and not a function: in the background a function is a shell, and killing that leaves the server behind.
  const command = `#!/bin/sh\nexec ${JSON.stringify(process.execPath)} ${JSON.stringify(join(root, 'bin/run.js'))} "$@"\n`
  writeFileSync(join(folder, 'pytake'), command, {mode: 0o755})
  const home = join(folder, 'home')
  const child = spawn('bash', ['tour.sh'], {
    cwd: folder,
    env: {PATH: `${folder}:${process.env.PATH}`, HOME: home, PYTAKE_HOME: home, LOG_LEVEL: 'error'},
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  expect(code, `${stdout}\n${stderr}`).toBe(0)
  expect(stdout).toMatch(/\tin\tMaria Souza\toi\t/)
  expect(stdout).toMatch(/→\tMaria Souza \+5511987650001\tinteractive\t(sent|delivered|read)/)
}, 60_000)
