import {existsSync} from 'node:fs'
import {resolve} from 'node:path'
import {PytakeError} from '../base/errors.ts'
import {writeFile} from './files.ts'
import type {Io} from './io.ts'
import type {Columns} from './output.ts'

/** A file to be made; its path is from where the command runs. */
export interface NewFile {
  path: string
  text: string
}

export interface WrittenFile {
  path: string
  state: 'written' | 'replaced' | 'kept'
}

export const writtenColumns: Columns<WrittenFile> = {
  '': ({state}) => ({written: '+', replaced: '~', kept: '='})[state],
  file: ({path}) => path,
  state: ({state}) => state,
}

/**
 * Makes files. Those that are there already are a `CONFLICT` before anything is written, unless they are to be kept or
 * replaced.
 */
export function writeNewFiles(
  io: Pick<Io, 'cwd'>,
  files: readonly NewFile[],
  {keep, force}: {keep?: boolean; force?: boolean} = {},
): WrittenFile[] {
  const there = new Set(files.filter(({path}) => existsSync(resolve(io.cwd, path))).map(({path}) => path))
  if (there.size > 0 && !keep && !force) {
    const are = there.size === 1 ? `${[...there].join('')} is` : `${there.size} files are`
    throw new PytakeError('CONFLICT', `${are} there already. Nothing was written.`, {
      details: [...there].map((path) => ({field: path, message: 'is there already'})),
      help: '--keep leaves them and writes the rest; --force replaces them.',
    })
  }
  return files.map(({path, text}) => {
    const isThere = there.has(path)
    if (isThere && !force) return {path, state: 'kept'}
    writeFile(io, path, text, {folder: true})
    return {path, state: isThere ? 'replaced' : 'written'}
  })
}
