import {createHash} from 'node:crypto'
import {mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs'
import Module, {createRequire} from 'node:module'
import {dirname, join, sep} from 'node:path'
import {deserialize, serialize} from 'node:v8'
import {Script} from 'node:vm'

/** What V8 made of a text, by the text's hash: so it can only be of this very text. */
export type KeptCode = Map<string, Buffer>

const HASH = 'sha256'
const HASH_BYTES = 32

/** V8 takes code of its own version only, and not from another kind of machine. */
export const keptFile = (dist: string): string =>
  join(dist, 'compiled', `${process.version}-${process.platform}-${process.arch}.bin`)

/** Nothing when there is none, or when it is not as it was written: V8 would believe it, and crash. */
export function readKept(file: string): KeptCode | undefined {
  try {
    const content = readFileSync(file)
    const body = content.subarray(HASH_BYTES)
    return hashOf(body).equals(content.subarray(0, HASH_BYTES)) ? (deserialize(body) as KeptCode) : undefined
  } catch {
    return undefined
  }
}

export function writeKept(file: string, kept: KeptCode): void {
  const body = serialize(kept)
  mkdirSync(dirname(file), {recursive: true})
  const unfinished = `${file}.${process.pid}`
  writeFileSync(unfinished, Buffer.concat([hashOf(body), body]))
  renameSync(unfinished, file)
}

const hashOf = (content: string | Buffer) => createHash(HASH).update(content).digest()

interface Loadable {
  exports: object
  _compile: (this: Loadable, text: string, file: string) => unknown
}

/** Of exports, require, module and the names of file and folder, as Node wraps a text. */
type Wrapped = (this: object, ...given: unknown[]) => unknown

/** V8 of Node 20 forgets of kept code where it is from, so that it cannot `import()`. The build leaves that to this file. */
const IMPORTER = 'importer.js'

/**
 * From now on files of `folder` are compiled with what was kept of them. Node 20 knows no better way than under its
 * loader's own hands; later lines have `enableCompileCache`. `onCompiled` is told of each script.
 */
export function loadWith(kept: KeptCode, folder: string, onCompiled?: (key: string, script: Script) => void): void {
  const loadable = (Module as unknown as {prototype: Loadable}).prototype
  const compile = loadable._compile
  const importer = join(folder, IMPORTER)
  loadable._compile = function (text, file) {
    if (!file.startsWith(folder + sep) || file === importer) return compile.call(this, text, file)
    const key = hashOf(text).toString('base64')
    const script = scriptOf(text, file, kept.get(key))
    onCompiled?.(key, script)
    const run = script.runInThisContext() as Wrapped
    return run.call(this.exports, this.exports, createRequire(file), this, file, dirname(file))
  }
}

const scriptOf = (text: string, filename: string, cachedData: Buffer | undefined) =>
  new Script(Module.wrap(text), {
    filename,
    cachedData,
    // Errors tell places in the text itself, not in what it is wrapped in.
    columnOffset: -Module.wrap('').indexOf('\n'),
  })
