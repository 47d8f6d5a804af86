import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, expect, it} from 'vitest'
import {saveContext, selectContext} from '../../src/cli/contexts.ts'
import {demoHints} from '../../src/cli/demo-hints.ts'
import type {Io} from '../../src/cli/io.ts'

const home = mkdtempSync(join(tmpdir(), 'pytake-hints-'))
afterEach(() => rmSync(home, {recursive: true, force: true}))

const io = {env: {PYTAKE_HOME: home}, cwd: '/'} as unknown as Io

it('shows commands that reach the demo as they stand, wherever the shell points', async () => {
  await saveContext(io.env, 'demo', {kind: 'folder', home: '/nowhere', pid: process.pid})
  const plain = await demoHints(io)
  expect(plain.join('\n')).toContain('current context')
  expect(plain.join('\n')).not.toContain('--context')
  await saveContext(io.env, 'producao', {kind: 'remote', url: 'https://pytake.example.com', token: 'x'})
  await selectContext(io.env, 'producao')
  const elsewhere = await demoHints(io)
  expect(elsewhere.filter((line) => line.startsWith('  pytake'))).toHaveLength(3)
  for (const line of elsewhere.filter((hint) => hint.startsWith('  pytake'))) expect(line).toContain(' --context demo')
  expect([...plain, ...elsewhere].filter((line) => line.length > 80)).toEqual([])
})
