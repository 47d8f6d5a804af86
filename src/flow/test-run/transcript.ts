import type {Line} from './lines.ts'
import type {Played} from './play.ts'

const names: Record<Line['who'], string> = {
  customer: 'cliente',
  bot: 'bot',
  person: 'pessoa',
  call: 'chamada',
  time: 'tempo',
}
const WIDTH = Math.max(...Object.values(names).map((name) => name.length)) + 2

/** Lines of a dialogue as they are printed: who in a column, further lines of a text below it. */
export function lineTexts(lines: readonly Line[]): string[] {
  return lines.flatMap(({who, text}) =>
    text.split('\n').map((part, n) => `${(n === 0 ? names[who] : '').padEnd(WIDTH)}${part}`.trimEnd()),
  )
}

/** The dialogues of a test file as a text that a reviewer reads and compares. */
export function transcriptOf(flow: string, played: readonly Played[]): string {
  const parts = played.map(({dialogue, lines, state: {session}}) => {
    const vars = Object.entries(session?.vars ?? {}).filter(([, value]) => value !== null)
    const end = [session?.result?.outcome ?? session?.status ?? 'none', session?.node ?? undefined].filter(Boolean)
    return [
      `"${dialogue.name}"`,
      ...lineTexts(lines).map((line) => `  ${line}`.trimEnd()),
      `  ${'fim'.padEnd(WIDTH)}${end.join(' · ')}`,
      ...vars.map(([name, value]) => `  ${''.padEnd(WIDTH)}${name} = ${JSON.stringify(value)}`),
    ].join('\n')
  })
  return `${[flow, ...parts].join('\n\n')}\n`
}

const MOST_LINES = 2_000

/** What differs, line by line: ` ` stays, `-` was, `+` is now. Only the changes and a line around them. */
export function diffLines(before: string, after: string): string[] {
  const [old, now] = [before.split('\n'), after.split('\n')]
  const changes = old.length > MOST_LINES || now.length > MOST_LINES ? firstChange(old, now) : longest(old, now)
  const near = (n: number) => [n - 1, n, n + 1].some((at) => changes[at] !== undefined && !changes[at].startsWith(' '))
  return changes.filter((_, n) => near(n))
}

function firstChange(old: readonly string[], now: readonly string[]): string[] {
  const at = old.findIndex((line, n) => line !== now[n])
  const n = at === -1 ? old.length : at
  return [`-${old[n] ?? ''}`, `+${now[n] ?? ''}`]
}

/** By the longest common subsequence. */
function longest(old: readonly string[], now: readonly string[]): string[] {
  const lengths = Array.from({length: old.length + 1}, () => new Uint16Array(now.length + 1))
  const at = (i: number, j: number) => lengths[i]?.[j] ?? 0
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      const row = lengths[i]
      if (row) row[j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const changes: string[] = []
  let [i, j] = [0, 0]
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      changes.push(` ${old[i]}`)
      i++
      j++
    } else if (i < old.length && (j >= now.length || at(i + 1, j) >= at(i, j + 1))) changes.push(`-${old[i++]}`)
    else changes.push(`+${now[j++]}`)
  }
  return changes
}
