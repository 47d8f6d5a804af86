import {Config} from '@oclif/core/config'
import {didYouMean} from '../base/nearest.ts'
import {PytakeError} from '../base/errors.ts'

/** The most words that a command has. */
const WORDS = 2

/** What to say of words that begin no command, with the command that was probably meant; undefined when they do begin one. */
export async function unknownCommand(words: readonly string[], root: string): Promise<PytakeError | undefined> {
  const {commandIDs, topics} = await Config.load({root})
  const commands = commandIDs.map((id) => id.replaceAll(':', ' '))
  const nouns = topics.map(({name}) => name)
  const first = (count: number) => words.slice(0, count).join(' ')
  if (commands.includes(first(WORDS)) || commands.includes(first(1)) || nouns.includes(words.join(' ')))
    return undefined
  const isNoun = nouns.includes(first(1))
  // A noun that is right needs no suggestion; its verbs are a command away.
  const meant =
    didYouMean(first(WORDS), commands) ?? (isNoun ? undefined : didYouMean(first(1), [...commands, ...nouns]))
  return new PytakeError(
    'BAD_REQUEST',
    [`"${first(WORDS)}" is not a pytake command.`, meant].filter(Boolean).join(' '),
    {
      help: isNoun ? `pytake ${first(1)} --help` : 'pytake --help',
    },
  )
}
