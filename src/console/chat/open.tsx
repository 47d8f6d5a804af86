import {render} from 'ink'
import type {OpenChat} from '../../operations/flow-chat.ts'
import {ChatApp} from './app.tsx'
import {keysOf} from './keys.ts'
import {ChatScreen, type Outside} from './screen.ts'

export interface ChatTerminal {
  stdin: Pick<NodeJS.ReadStream, 'setRawMode' | 'setEncoding' | 'on' | 'off' | 'resume' | 'pause'>
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
const OWN_SCREEN = '\u001b[?25h\u001b[?1049l'

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
  const onKeys = (sent: Buffer | string) => {
    for (const key of keysOf(String(sent))) screen.press(key)
  }
  const giveBack = () => {
    stdin.setRawMode(false)
    stdout.write(OWN_SCREEN)
  }
  const stop = () => app.unmount()
  // However this process ends, the terminal is given back.
  process.once('exit', giveBack)
  // For as long as it is open: ink ends the process by force when it finds itself the only listener left.
  process.on('SIGTERM', stop)
  stdout.write(OTHER_SCREEN)
  stdin.setEncoding('utf8')
  stdin.setRawMode(true)
  stdin.on('data', onKeys)
  stdin.resume()
  const app = render(<ChatApp screen={screen} title={title} coloured={coloured} clock={clock} />, {
    stdout,
    exitOnCtrlC: false,
    patchConsole: false,
  })
  try {
    await app.waitUntilExit()
  } finally {
    stdin.off('data', onKeys)
    stdin.pause()
    process.off('exit', giveBack)
    process.off('SIGTERM', stop)
    giveBack()
  }
  return code
}
