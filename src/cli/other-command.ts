import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {run} from '@oclif/core/run'
import {unknownCommand} from './unknown-command.ts'

/** Help, the commands of plugins, and what is no command. */
export async function runOther(argv: string[], root: string): Promise<void> {
  await refuseWhatIsNoCommand(argv, root)
  await run(argv, {root})
}

/** In a terminal oclif's plugin asks whether the nearest command was meant. Where nobody can answer, it would suggest nothing. */
async function refuseWhatIsNoCommand(argv: string[], root: string): Promise<void> {
  const flags = argv.findIndex((word) => word.startsWith('-'))
  const words = flags === -1 ? argv : argv.slice(0, flags)
  if (words.length === 0 || process.stdin.isTTY) return
  const has = (path: string) => existsSync(join(root, 'dist', 'commands', path))
  if (words.some((_, n) => has(`${words.slice(0, n + 1).join('/')}.js`)) || has(words.join('/'))) return
  const error = await unknownCommand(words, root)
  if (error) throw error
}
