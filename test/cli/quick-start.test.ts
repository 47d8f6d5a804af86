import {execFileSync, spawnSync} from 'node:child_process'
import {cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import Module from 'node:module'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, describe, expect, it} from 'vitest'
import {buildProgram, root} from '../support/program.ts'

const keepsByItself = 'enableCompileCache' in Module
const flow = join(root, 'templates/flows/boas-vindas.yaml')
let installed: string
let cache: string
let keptFile: string

beforeAll(() => {
  buildProgram()
  installed = mkdtempSync(join(tmpdir(), 'pytake-quick-'))
  for (const part of ['bin', 'package.json']) cpSync(join(root, part), join(installed, part), {recursive: true})
  symlinkSync(join(root, 'node_modules'), join(installed, 'node_modules'), 'junction')
  const kept = join('dist/compiled', `${process.version}-${process.platform}-${process.arch}.bin`)
  // A build may be another Node's.
  if (!existsSync(join(root, kept))) execFileSync(process.execPath, [join(root, 'scripts/keep-code.mjs')])
  keptFile = join(installed, kept)
  build()
})
afterAll(() => rmSync(installed, {recursive: true, force: true}))

/** Puts the build there as it was made. */
function build() {
  rmSync(join(installed, 'dist'), {recursive: true, force: true})
  cpSync(join(root, 'dist'), join(installed, 'dist'), {recursive: true})
  cache = mkdtempSync(join(installed, 'cache-'))
}

function lint(node: readonly string[] = []) {
  const argv = [...node, join(installed, 'bin/run.js'), 'flow', 'lint', flow]
  const {status, stdout, stderr} = spawnSync(process.execPath, argv, {
    encoding: 'utf8',
    env: {PATH: process.env.PATH, XDG_CACHE_HOME: cache, NO_COLOR: '1'},
  })
  return {status, stdout, stderr}
}

/** How many scripts of the build V8 took from what was kept, and how many it had to compile. */
function compiled(): {taken: number; refused: number} {
  const spy = join(installed, 'spy.cjs')
  writeFileSync(
    spy,
    `const vm = require('node:vm'), count = {taken: 0, refused: 0}
     vm.Script = class extends vm.Script {
       constructor(text, options) { super(text, options); count[this.cachedDataRejected === false ? 'taken' : 'refused']++ }
     }
     process.on('exit', () => process.stdout.write(JSON.stringify(count)))`,
  )
  return JSON.parse(lint(['--require', spy]).stdout) as {taken: number; refused: number}
}

const fine = {status: 0, stdout: '', stderr: '✓ 1 file, no problems.\n'}

describe.skipIf(keepsByItself)('code kept by the build, on Node 20', () => {
  afterEach(build)

  const tampered = (change: (content: Buffer) => Buffer | string) =>
    writeFileSync(keptFile, change(readFileSync(keptFile)))

  it('is taken for every file that a command loads', () => {
    expect(lint()).toEqual(fine)
    expect(compiled().taken).toBeGreaterThan(20)
  })

  it.each<[string, () => void]>([
    ['missing', () => rmSync(keptFile)],
    ['empty', () => tampered(() => '')],
    ['cut short', () => tampered((content) => content.subarray(0, content.length / 2))],
    ['not what it should be', () => tampered(() => 'x'.repeat(5000))],
    [
      'damaged',
      () =>
        tampered((content) => {
          for (let at = 100; at < content.length; at += 1000) content[at] = 255 - (content[at] ?? 0)
          return content
        }),
    ],
  ])('that is %s is no loss but of time', (_, spoil) => {
    spoil()
    expect(lint()).toEqual(fine)
    expect(compiled().taken).toBe(0)
  })

  it('under flags that compile otherwise is left alone by V8', () => {
    expect(lint(['--max-lazy'])).toEqual(fine)
  })

  it('never stands for a file that has changed since, though it is as long', () => {
    const file = join(installed, 'dist/commands/flow/lint.js')
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replaceAll('no problems', 'no troubles'))
    expect(lint()).toEqual({...fine, stderr: '✓ 1 file, no troubles.\n'})
    expect(compiled().refused).toBeGreaterThan(0)
  })
})

describe.runIf(keepsByItself)("code kept by Node itself, in the user's cache", () => {
  it('is written by the first command', () => {
    expect(lint()).toEqual(fine)
    expect(readdirSync(join(cache, 'pytake', 'compiled'))).not.toEqual([])
    expect(lint()).toEqual(fine)
  })

  it('is done without where it cannot be written', () => {
    writeFileSync(join(cache, 'file'), '')
    cache = join(cache, 'file')
    expect(lint()).toEqual(fine)
  })
})

it('is not needed where the build has none', () => {
  rmSync(join(installed, 'dist/compiled'), {recursive: true, force: true})
  expect(existsSync(keptFile)).toBe(false)
  expect(lint()).toEqual(fine)
})
