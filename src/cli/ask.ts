import {readFileSync} from 'node:fs'
import {resolve} from 'node:path'
import {PytakeError} from '../base/errors.ts'
import {unreadable} from './files.ts'
import type {Io} from './io.ts'

/** Asks before danger. `--yes` answers; without a terminal nobody can, and that is an error that says so. */
export async function confirm(io: Io, question: string, yes: boolean): Promise<void> {
  if (yes) return
  if (!io.stdin.isTTY || !io.stderr.isTTY) {
    throw new PytakeError('BAD_REQUEST', `${question} Nobody is here to answer.`, {help: 'Add --yes to go ahead.'})
  }
  const prompts = await import('@inquirer/prompts')
  const agreed = await prompts.confirm({message: question, default: false}, {output: process.stderr})
  if (!agreed) throw new PytakeError('BAD_REQUEST', 'Nothing was changed.')
}

/** A secret from a file (`-` is stdin). A newline at the end is the editor's, not the secret's. */
export async function secretFrom(io: Io, path: string): Promise<string> {
  const text = path === '-' ? await io.stdin.read() : readSecretFile(io, path)
  const secret = text.replace(/\r?\n$/, '')
  if (secret === '') throw new PytakeError('BAD_REQUEST', `${path === '-' ? 'Standard input' : path} is empty.`)
  return secret
}

function readSecretFile(io: Io, path: string): string {
  try {
    return readFileSync(resolve(io.cwd, path), 'utf8')
  } catch (error) {
    throw unreadable(path, error)
  }
}

/** A secret typed in without being shown. `instead` names the flag for when nobody can type. */
export async function askSecret(io: Io, question: string, instead: string): Promise<string> {
  if (!io.stdin.isTTY || !io.stderr.isTTY) {
    throw new PytakeError('BAD_REQUEST', `${question} is needed.`, {help: `Give it with ${instead}.`})
  }
  const prompts = await import('@inquirer/prompts')
  return prompts.password({message: question, mask: true}, {output: process.stderr})
}

interface Wanted {
  /** From a flag: a path, or `-` for stdin. */
  file: string | undefined
  question: string
  /** The flag, for when nobody can type. */
  flag: string
}

/** A secret from the file of a flag, else from whoever is at the terminal. */
export const secretOf = (io: Io, {file, question, flag}: Wanted): Promise<string> =>
  file === undefined ? askSecret(io, question, flag) : secretFrom(io, file)

/** A password that is to be: typed twice, because nobody sees it and it is asked for from then on. */
export async function newPassword(io: Io, file: string | undefined): Promise<string> {
  const wanted = {file, question: 'New password', flag: '--password-file'}
  const password = await secretOf(io, wanted)
  if (file !== undefined) return password
  const again = await askSecret(io, 'The same again', wanted.flag)
  if (again !== password) throw new PytakeError('BAD_REQUEST', 'The two are not the same. Nothing was changed.')
  return password
}

/** Standard input holds one secret. */
export function refuseTwoFromStdin(files: Readonly<Record<string, string | undefined>>): void {
  const flags = Object.keys(files).filter((flag) => files[flag] === '-')
  if (flags.length > 1)
    throw new PytakeError('BAD_REQUEST', `Only one of ${flags.join(' and ')} can come from standard input.`)
}
