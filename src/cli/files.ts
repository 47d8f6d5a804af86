import {mkdirSync, readdirSync, statSync, writeFileSync} from 'node:fs'
import {basename, dirname, join, relative, resolve, sep} from 'node:path'
import {messageOf, PytakeError} from '../base/errors.ts'
import type {Io} from './io.ts'
import {readRegular} from './regular-file.ts'

export interface TextFile {
  /** As people named it. */
  name: string
  text: string
}

const flowFile = /\.(ya?ml|json)$/i

/** Reads files, whole folders (their YAML and JSON), patterns with `*`, and `-` for standard input. */
export async function readFiles(io: Io, names: readonly string[]): Promise<TextFile[]> {
  const files = new Map<string, TextFile>()
  for (const name of names) {
    if (name === '-') files.set('-', {name: 'stdin', text: await io.stdin.read()})
    else for (const one of expand(io, name)) files.set(resolve(io.cwd, one), {name: one, text: readText(io, one)})
  }
  return [...files.values()]
}

/** Saved plans hold whole folders of flows; a flow itself may be much smaller, and whoever parses it says so. */
const MOST_TEXT_BYTES = 33_554_432
/** The largest media that WhatsApp takes. */
const MOST_BYTES = 104_857_600

/** Text of one file. */
export const readText = (io: Io, name: string): string => readBytes(io, name, MOST_TEXT_BYTES).toString('utf8')

/** Bytes of one regular file. Throws `BAD_REQUEST` that names it. */
export function readBytes(io: Io, name: string, most = MOST_BYTES): Buffer {
  try {
    return readRegular(resolve(io.cwd, name), {name, most})
  } catch (error) {
    throw unreadable(name, error)
  }
}

/** Is it a folder that is there? Throws `BAD_REQUEST` that names what cannot be looked at. */
export function isFolder(io: Io, name: string): boolean {
  try {
    return statSync(resolve(io.cwd, name), {throwIfNoEntry: false})?.isDirectory() === true
  } catch (error) {
    throw unreadable(name, error)
  }
}

/** Why a file cannot be read, without what the operating system calls it. */
export function unreadable(name: string, error: unknown): PytakeError {
  if (error instanceof PytakeError) return error
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'is not there.',
    ENOTDIR: 'is not there: a part of its path is a file.',
    EISDIR: 'is a folder; a file is needed.',
    EACCES: 'may not be read by this user.',
    EPERM: 'may not be read by this user.',
    ELOOP: 'is a link that leads round in a circle.',
    ENAMETOOLONG: 'is not there: the name is too long.',
    ENXIO: 'is no regular file; a device or a pipe is not read.',
  }
  const reason = reasons[(error as NodeJS.ErrnoException).code ?? '']
  return new PytakeError('BAD_REQUEST', `${name} ${reason ?? `cannot be read: ${messageOf(error)}`}`)
}

/** Writes a file, whether it is there or not, and its folder when asked to. Throws `BAD_REQUEST` that names it. */
export function writeFile(
  io: Pick<Io, 'cwd'>,
  name: string,
  text: string,
  {folder = false, mode}: {folder?: boolean; mode?: number} = {},
): void {
  const place = resolve(io.cwd, name)
  try {
    if (folder) makeFolder(dirname(place))
    writeFileSync(place, text, {mode})
  } catch (error) {
    const reasons: Readonly<Record<string, string>> = {
      ENOENT: 'cannot be written: its folder is not there.',
      EACCES: 'may not be written by this user.',
      EROFS: 'lies on a disk that cannot be written to.',
      ELOOP: 'is a link that leads round in a circle.',
      ENOTDIR: 'cannot be written: a part of its path is a file.',
      EEXIST: 'cannot be written: a part of its path is a file.',
      EISDIR: 'is a folder.',
      ENOSPC: 'cannot be written: the disk is full.',
    }
    const reason = reasons[(error as NodeJS.ErrnoException).code ?? '']
    throw new PytakeError('BAD_REQUEST', `${name} ${reason ?? `cannot be written: ${messageOf(error)}`}`)
  }
}

/** One by one: what Node makes in one go it tries for ever where a folder takes none, such as /proc. */
function makeFolder(path: string): void {
  if (statSync(path, {throwIfNoEntry: false})?.isDirectory()) return
  if (dirname(path) !== path) makeFolder(dirname(path))
  mkdirSync(path)
}

function expand(io: Io, name: string): string[] {
  const folder = isFolder(io, name)
  if (!folder && !/[*?]/.test(name)) return [name]
  const flows = folder ? flowFilesIn(resolve(io.cwd, name), name) : withoutTests(matching(io, name))
  if (flows.length === 0) throw new PytakeError('BAD_REQUEST', `${name}: there is no flow file.`)
  return flows
}

/** Every flow file in a folder and, unless told otherwise, below it. */
export const flowFilesIn = (folder: string, shown: string, below = true): string[] =>
  withoutTests(listed({folder, shown, below}, (file) => flowFile.test(file)))

/** What tests a flow lies beside it. */
const withoutTests = (files: readonly string[]): string[] =>
  files.filter((file) => !/\.test\.(ya?ml|json)$/i.test(file)).sort()

/** Files that fit a pattern with `*`, `**` and `?`. */
export function matching(io: Io, pattern: string): string[] {
  const fixed = dirname(pattern.slice(0, pattern.search(/[*?]/)) + 'x')
  const inside = relative(fixed, pattern).split(sep).join('/')
  const test = new RegExp(`^${translate(inside)}$`)
  const folder = resolve(io.cwd, fixed)
  return listed({folder, shown: fixed, below: true}, (file) => test.test(relative(fixed, file).split(sep).join('/')))
}

const translate = (pattern: string): string =>
  pattern.replace(/\*\*\/|\*\*|[*?]|[.+^${}()|[\]\\]/g, (sign) => {
    if (sign === '**/') return '(?:.*/)?'
    if (sign === '**') return '.*'
    if (sign === '*') return '[^/]*'
    return sign === '?' ? '[^/]' : `\\${sign}`
  })

interface Listing {
  folder: string
  /** What people call it. */
  shown: string
  below: boolean
}

/** Every file of a folder that is wanted, and below it when asked, named from `shown` on. Hidden ones are not. */
export function listed({folder, shown, below}: Listing, wanted: (file: string) => boolean): string[] {
  try {
    const entries = readdirSync(folder, {recursive: below, withFileTypes: true})
    return entries
      .filter((entry) => entry.isFile() && !basename(entry.name).startsWith('.'))
      .map((entry) => join(shown, relative(folder, entry.parentPath), entry.name))
      .filter(wanted)
  } catch (error) {
    throw unreadable(shown, error)
  }
}
