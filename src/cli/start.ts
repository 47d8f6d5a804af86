import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {flush} from '@oclif/core/flush'
import {handle} from '@oclif/core/handle'
import {run} from '@oclif/core/run'

/** Runs oclif for the whole process; `url` is the address of the file in `bin`. */
export async function start(argv: string[], url: string): Promise<void> {
  leaveQuietlyWhenNobodyReads()
  try {
    await refuseWhatIsNoCommand(argv, url)
    await run(argv, url)
    await flush()
  } catch (error) {
    if ((error as {code?: string}).code === 'EEXIT') await handle(error as Error)
    else await tell(error, argv)
  }
}

/**
 * In a terminal oclif's plugin asks whether the nearest command was meant. Where nobody can answer, it would suggest
 * nothing. What has a file of its own is a command, and loads nothing here.
 */
async function refuseWhatIsNoCommand(argv: string[], url: string): Promise<void> {
  const flags = argv.findIndex((word) => word.startsWith('-'))
  const words = flags === -1 ? argv : argv.slice(0, flags)
  if (words.length === 0 || process.stdin.isTTY) return
  const root = fileURLToPath(new URL('..', url))
  const has = (path: string) => existsSync(join(root, 'dist', 'commands', path))
  if (words.some((_, n) => has(`${words.slice(0, n + 1).join('/')}.js`)) || has(words.join('/'))) return
  const {unknownCommand} = await import('./unknown-command.ts')
  const error = await unknownCommand(words, root)
  if (error) throw error
}

/** What failed before a command was found; commands tell their own failures. */
async function tell(error: unknown, argv: string[]): Promise<void> {
  const [{failureOf, printFailure}, {ioOf}] = await Promise.all([import('./failure.ts'), import('./io.ts')])
  const failure = failureOf(error, '')
  await printFailure(ioOf(argv), failure, argv.includes('--json'))
  process.exitCode = failure.exitCode
}

/** `pytake … | head` closes the pipe early, and that is no error. */
function leaveQuietlyWhenNobodyReads(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit()
      throw error
    })
  }
}
