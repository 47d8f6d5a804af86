import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, expect, it} from 'vitest'
import {readBytes, readFiles, unreadable} from '../../src/cli/files.ts'
import type {Io} from '../../src/cli/io.ts'

const folder = mkdtempSync(join(tmpdir(), 'pytake-files-'))
afterAll(() => rmSync(folder, {recursive: true, force: true}))
const io = {cwd: folder} as unknown as Io

it('says in words why a file cannot be read', async () => {
  mkdirSync(join(folder, 'pasta'))
  writeFileSync(join(folder, 'a.yaml'), '')
  expect(() => readBytes(io, 'nofile.yaml')).toThrow(/^nofile\.yaml is not there\.$/)
  expect(() => readBytes(io, 'a.yaml/b')).toThrow(/^a\.yaml\/b is not there: a part of its path is a file\.$/)
  expect(() => readBytes(io, 'pasta')).toThrow(/^pasta is a folder; a file is needed\.$/)
  await expect(readFiles(io, ['nowhere/*.yaml'])).rejects.toThrow(/^nowhere is not there\.$/)
  const denied = Object.assign(new Error("EACCES: permission denied, open '/x'"), {code: 'EACCES'})
  expect(unreadable('x', denied).message).toBe('x may not be read by this user.')
  expect(unreadable('x', new Error('Something else.')).message).toBe('x cannot be read: Something else.')
})
