import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, expect, test} from 'vitest'
import {knownCommand} from '../../src/cli/known-command.ts'

const root = mkdtempSync(join(tmpdir(), 'pytake-known-'))
afterAll(() => rmSync(root, {recursive: true}))
const commands = join(root, 'dist', 'commands')
mkdirSync(join(commands, 'flow', 'canary'), {recursive: true})
for (const file of ['serve.js', 'flow/lint.js', 'flow/canary/status.js']) writeFileSync(join(commands, file), '')
writeFileSync(join(root, 'dist', 'start.js'), '')

test.each([
  ['serve', 'serve', []],
  ['serve --port 1', 'serve', ['--port', '1']],
  ['flow lint flows/a.yaml', 'flow:lint', ['flows/a.yaml']],
  ['flow lint help', 'flow:lint', ['help']],
  ['flow lint --json flows', 'flow:lint', ['--json', 'flows']],
  ['flow lint -- --help', 'flow:lint', ['--', '--help']],
  ['flow canary status menu', 'flow:canary:status', ['menu']],
])('"%s" is a command', (line, id, argv) => {
  const file = join(commands, `${id.replaceAll(':', '/')}.js`)
  expect(knownCommand(line.split(' '), root)).toEqual({id, file, argv})
})

test.each([
  ['nothing', ''],
  ['a topic', 'flow'],
  ['a topic within a topic', 'flow canary'],
  ['what is no command', 'flow lit'],
  ['help of a command', 'flow lint --help'],
  ['help in short', 'flow lint a.yaml -h'],
  ['a flag first', '--json serve'],
  ['a way out of the folder', '../start'],
  ['a path', 'flow/lint'],
  ['an option that is none', '--'],
])('oclif answers %s', (_, line) => {
  expect(knownCommand(line.split(' '), root)).toBeUndefined()
})
