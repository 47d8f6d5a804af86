import {PytakeError} from '../base/errors.ts'
import {isAudited, type Operation} from '../operations/operation.ts'
import type {Context} from './contexts.ts'
import type {Io} from './io.ts'

export const isProduction = (context: Context): boolean => context.kind === 'remote' && context.production === true

/** What others would notice there; to sign in or out changes nothing of theirs. */
export const isChange = (operation: Operation): boolean =>
  operation.scope !== 'here' &&
  operation.method !== 'GET' &&
  isAudited(operation) &&
  operation.permission !== 'nobody' &&
  operation.permission !== 'somebody'

/** Whoever names a place means that one: another is never changed in its stead. */
export function refuseOther(context: Context, told: string | undefined): void {
  if (told === undefined || told === context.name) return
  throw new PytakeError(
    'BAD_REQUEST',
    `--confirm names ${told}, but this acts on ${context.name}. Nothing was changed.`,
    {
      help: 'pytake context list',
    },
  )
}

/** Asks whether production is meant. --yes is no answer: it is in scripts that are used everywhere. */
export async function askProduction(io: Io, {name}: Context, question = 'Go ahead?'): Promise<void> {
  const {confirm} = await import('./ask.ts')
  try {
    await confirm(io, `${marked(name)} ${question}`, false)
  } catch (error) {
    if (!(error instanceof PytakeError) || error.help === undefined) throw error
    throw new PytakeError('BAD_REQUEST', error.message, {help: `Add --confirm ${name} to go ahead.`})
  }
}

/** How prompts begin where it matters most. */
export const marked = (name: string): string => `[production ${name}]`
