import {execFileSync} from 'node:child_process'
import {mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, expect, it} from 'vitest'
import {readBytes, readFiles, readText, unreadable, writeFile} from '../../src/cli/files.ts'
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

it('reads regular files only, and none that is too large', async () => {
  execFileSync('mkfifo', [join(folder, 'cano.yaml')])
  symlinkSync('volta.yaml', join(folder, 'volta.yaml'))
  writeFileSync(join(folder, 'enorme.yaml'), '')
  truncateSync(join(folder, 'enorme.yaml'), 33_554_433)
  await expect(readFiles(io, ['/dev/zero'])).rejects.toThrow(/^\/dev\/zero is no regular file/)
  await expect(readFiles(io, ['cano.yaml'])).rejects.toMatchObject({code: 'BAD_REQUEST', exitCode: 2})
  await expect(readFiles(io, ['volta.yaml'])).rejects.toThrow(/^volta\.yaml is a link that leads round in a circle\.$/)
  expect(() => readText(io, 'enorme.yaml')).toThrow(/^enorme\.yaml is larger than 32 MB; so much is not read\.$/)
})

it('says in words why a file cannot be written, also where no folder can be made', () => {
  expect(() => writeFile(io, 'nowhere/x.json', '')).toThrow(
    /^nowhere\/x\.json cannot be written: its folder is not there\.$/,
  )
  expect(() => writeFile(io, 'a.yaml/b/x.json', '', {folder: true})).toThrow(/a part of its path is a file\.$/)
  writeFile(io, 'um/dois/tres/x.json', '{}', {folder: true})
  expect(readText(io, 'um/dois/tres/x.json')).toBe('{}')
})

it.runIf(process.platform === 'linux')('does not try for ever to make a folder in /proc', () => {
  expect(() => writeFile(io, '/proc/x/pytake.yaml', '', {folder: true})).toThrow(/cannot be written/)
})
