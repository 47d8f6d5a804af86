import {fileURLToPath} from 'node:url'
import {flush} from '@oclif/core/flush'
import {handle} from '@oclif/core/handle'
import {knownCommand, runKnown} from './known-command.ts'

/** Runs oclif for the whole process; `url` is the address of the file in `bin`. */
export async function start(argv: string[], url: string): Promise<void> {
  leaveQuietlyWhenNobodyReads()
  try {
    const root = fileURLToPath(new URL('..', url))
    const known = knownCommand(argv, root)
    if (known) await runKnown(known, root)
    else await (await import('./other-command.ts')).runOther(argv, root)
    await flush()
  } catch (error) {
    if ((error as {code?: string}).code === 'EEXIT') await handle(error as Error)
    else await tell(error, argv)
  }
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
