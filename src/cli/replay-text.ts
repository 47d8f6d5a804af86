import type {ReplayedFlow} from '../operations/flow-replay.ts'
import {cut, visible} from './escape.ts'
import type {Columns} from './output.ts'
import type {Look} from './plan-text.ts'

type Difference = ReplayedFlow['differences'][number]

/** How many conversations go as before, and what differs in the others, the most frequent first. */
export function replayText({sessions, skipped, same, differences}: ReplayedFlow, look: Look): string {
  const told = skipped === 0 ? '' : `, ${skipped} skipped`
  const head = `${sessions} conversations: ${same} as before, ${sessions - same - skipped} differ${told}\n`
  const width = Math.max(0, ...differences.map(({count}) => String(count).length))
  return head + differences.map((one) => differenceText(one, width, look)).join('')
}

function differenceText(difference: Difference, width: number, look: Look): string {
  const {count, example, session} = difference
  const lines = [`\n  ${look.paint('bold', String(count).padStart(width))}  ${sentenceOf(difference)}   ${session}\n`]
  if (example) {
    const indent = ' '.repeat(width + 4)
    const text = (line: string) => cut(visible(line), look.width)
    lines.push(`${indent}${look.paint('red', '-')} ${text(example.before)}\n`)
    lines.push(`${indent}${look.paint('green', '+')} ${text(example.after)}\n`)
  }
  return lines.join('')
}

function sentenceOf({kind, before, after}: Difference): string {
  const [old, now] = [visible(before ?? 'nothing'), visible(after ?? 'nothing')]
  if (kind === 'says') return `${now} says something else`
  if (kind === 'goes') return `says ${now} instead of ${old}`
  return kind === 'calls' ? `calls ${now} instead of ${old}` : `ends ${now} instead of ${old}`
}

export const differenceColumns: Columns<Difference> = {
  count: ({count}) => count,
  kind: ({kind}) => kind,
  before: ({before}) => before,
  after: ({after}) => after,
  session: ({session}) => session,
  said: ({example}) => example?.before,
  says: ({example}) => example?.after,
}
