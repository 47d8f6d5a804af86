import {render} from 'ink'
import type {OpenChat} from '../../operations/flow-chat.ts'
import {ChatApp} from './app.tsx'
import {ChatScreen, type Outside} from './screen.ts'

export interface ChatTerminal {
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
}

export interface ChatOptions {
  chat: OpenChat
  title: string
  coloured: boolean
  clock: (at: number) => string
  save: Outside['save']
}

const OTHER_SCREEN = '\u001b[?1049h\u001b[H'
const OWN_SCREEN = '\u001b[?1049l'

/** Talks to a flow on a screen of its own; resolves with the exit code when it is left, with the terminal as it was. */
export async function openChatScreen(options: ChatOptions, {stdin, stdout}: ChatTerminal = process): Promise<number> {
  const {chat, title, coloured, clock, save} = options
  let code = 0
  const screen = new ChatScreen(chat, {
    save,
    leave(left) {
      code = left
      app.unmount()
    },
  })
  // However this process ends, the terminal is given back.
  const giveBack = () => void stdout.write(OWN_SCREEN)
  process.once('exit', giveBack)
  stdout.write(OTHER_SCREEN)
  const app = render(<ChatApp screen={screen} title={title} coloured={coloured} clock={clock} />, {
    stdin,
    stdout,
    exitOnCtrlC: false,
    patchConsole: false,
  })
  try {
    await app.waitUntilExit()
  } finally {
    process.off('exit', giveBack)
    giveBack()
  }
  return code
}
