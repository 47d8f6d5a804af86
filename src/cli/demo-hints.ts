import type {Io} from './io.ts'
import {whereToAct} from './where.ts'

/** What to try while a demo runs, a line each: commands that reach it from another terminal as they stand. */
export async function demoHints(io: Io): Promise<string[]> {
  const where = await whereToAct(io, {}).catch(() => undefined)
  const isCurrent = where?.context.name === 'demo'
  const at = isCurrent ? '' : ' --context demo'
  return [
    `Next, in another terminal${isCurrent ? " (this demo's folder is the current context)" : ''}:`,
    `  pytake tail${at.padEnd(21)} watch it live`,
    `  pytake flow list${at.padEnd(16)} what answers`,
    `  pytake message send --to +5511987650001 --text "Olá"${at}`,
    'Ctrl-C ends the demo and removes its folder.',
  ]
}
