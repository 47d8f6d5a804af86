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
