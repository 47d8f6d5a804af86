import {once} from 'node:events'
import {userInfo} from 'node:os'

/** Where text goes; a terminal, a file or a pipe. */
export interface Sink {
  write(text: string): void
  isTTY: boolean
  columns: number
  /** What was written has not left: its reader is slow. */
  readonly isFull?: boolean
  /** Resolves when what was written has left, for who writes more than a reader may take. */
  flushed?(): Promise<void>
}

/** What a command touches of the outside world. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly osUser: string
  readonly stdin: {isTTY: boolean; read(): Promise<string>}
  readonly stdout: Sink
  readonly stderr: Sink
}

const given = new WeakMap<object, Io>()

/** Hangs another world on an oclif config, for tests and for commands that run commands. */
export const useIo = (config: object, io: Io): void => void given.set(config, io)

/** The world of a command: the one hung on its config, else this process's. */
export const ioOf = (config: object): Io => given.get(config) ?? processIo()

function processIo(): Io {
  return {
    env: process.env,
    cwd: process.cwd(),
    osUser: userName(),
    stdin: {isTTY: process.stdin.isTTY, read: readStdin},
    stdout: sinkOf(process.stdout),
    stderr: sinkOf(process.stderr),
  }
}

const DEFAULT_COLUMNS = 80

const sinkOf = (stream: NodeJS.WriteStream): Sink => ({
  write: (text) => void stream.write(text),
  isTTY: stream.isTTY,
  columns: stream.columns || DEFAULT_COLUMNS,
  get isFull() {
    return stream.writableNeedDrain
  },
  flushed: async () => {
    if (stream.writableNeedDrain) await once(stream, 'drain')
  },
})

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A container may run under a number that has no name.
    return String(process.getuid?.() ?? 'unknown')
  }
}
