import {flush} from '@oclif/core/flush'
import {handle} from '@oclif/core/handle'
import {run} from '@oclif/core/run'

/** Runs oclif for the whole process; `url` is the address of the file in `bin`. */
export async function start(argv: string[], url: string): Promise<void> {
  leaveQuietlyWhenNobodyReads()
  try {
    await run(argv, url)
    await flush()
  } catch (error) {
    await handle(error as Error)
  }
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
