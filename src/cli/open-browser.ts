import {spawn} from 'node:child_process'
import {platform} from 'node:os'
import type {Io} from './io.ts'

const openers: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
  linux: ['xdg-open'],
}

/** Opens an address for whoever sits at this machine's screen; where nobody does, nothing happens. */
export function openBrowser({env, stderr}: Pick<Io, 'env' | 'stderr'>, url: string): void {
  const opener = openers[platform()]
  const isHere = stderr.isTTY && !env.SSH_CONNECTION && !env.CI
  const hasScreen = platform() !== 'linux' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY)
  if (!opener || !isHere || !hasScreen) return
  const [program, ...args] = opener
  const child = spawn(program, [...args, url], {stdio: 'ignore', detached: true})
  // The address was printed too: who has no such program opens it by hand.
  child.on('error', () => undefined)
  child.unref()
}
