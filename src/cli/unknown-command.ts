import {Config} from '@oclif/core/config'
import {didYouMean} from '../base/nearest.ts'
import {PytakeError} from '../base/errors.ts'

/** What to say of words that begin no command, with the command that was probably meant; undefined when they do begin one. */
export async function unknownCommand(words: readonly string[], root: string): Promise<PytakeError | undefined> {
  const {commandIDs, topics} = await Config.load({root})
  const commands = commandIDs.map((id) => id.replaceAll(':', ' '))
  const nouns = topics.map(({name}) => name.replaceAll(':', ' '))
  const first = (count: number) => words.slice(0, count).join(' ')
  if (words.some((_, n) => commands.includes(first(n + 1))) || nouns.includes(words.join(' '))) return undefined
  const deepest = words.length - words.toReversed().findIndex((_, n) => nouns.includes(first(words.length - n)))
  const noun = deepest > words.length ? undefined : first(deepest)
  const said = first((noun === undefined ? 1 : deepest) + 1)
  // A noun that is right needs no suggestion; its verbs are a command away.
  const meant =
    didYouMean(said, commands) ?? (noun === undefined ? didYouMean(first(1), [...commands, ...nouns]) : undefined)
  return new PytakeError('BAD_REQUEST', [`"${said}" is not a pytake command.`, meant].filter(Boolean).join(' '), {
    help: noun === undefined ? 'pytake --help' : `pytake ${noun} --help`,
  })
}
