import type {FlowAnalytics} from '../operations/flow-analytics.ts'
import {cut, visible} from './escape.ts'
import type {Columns} from './output.ts'
import type {Paint} from './paint.ts'

type Node = FlowAnalytics['nodes'][number]

const BAR = 20
const WIDEST_NODE = 28
const ends = ['completed', 'active', 'abandoned', 'expired', 'failed', 'replaced'] as const
const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** Sessions, releases and nodes of a flow, with bars. */
export function statsText({flow, since, sessions, releases, nodes}: FlowAnalytics, paint: Paint): string {
  const lines = [
    `${paint('bold', visible(flow))} · since ${since.slice(0, 16).replace('T', ' ')} UTC`,
    `${sessions.started} started${toldEnds(sessions)}`,
    ...(releases.length > 1 ? releases.map((one) => `  r${one.version}  ${one.started} started${toldEnds(one)}`) : []),
    '',
  ]
  const most = Math.max(1, ...nodes.map(({visits}) => visits))
  const width = Math.min(WIDEST_NODE, Math.max(4, ...nodes.map(({node}) => node.length)))
  lines.push(
    `  ${'node'.padEnd(width)}  ${'visits'.padEnd(BAR + 8)}${'waiting'.padStart(8)}${'median'.padStart(9)}  drop-off`,
  )
  for (const node of nodes) lines.push(nodeLine(node, {most, width}, paint))
  return `${lines.join('\n')}\n`
}

function toldEnds(counts: FlowAnalytics['sessions']): string {
  return ends
    .filter((name) => counts[name] > 0)
    .map((name) => ` · ${counts[name]} ${name}`)
    .join('')
}

function nodeLine(node: Node, {most, width}: {most: number; width: number}, paint: Paint): string {
  const name = cut(visible(node.node), width).padEnd(width)
  const bar = barOf(node.visits / most)
  const visits = `${paint('cyan', bar)}${' '.repeat(BAR - bar.length)} ${String(node.visits).padStart(7)}`
  const waiting = String(node.waiting || '').padStart(8)
  const median = (node.median_ms === null ? '' : durationText(node.median_ms)).padStart(9)
  const dropped = node.dropped === 0 ? '' : `${Math.round(node.drop_off * 100)} % (${node.dropped})`
  return `  ${name}  ${visits}${waiting}${median}  ${dropped && paint('red', dropped)}`.trimEnd()
}

function barOf(share: number): string {
  const parts = Math.round(share * BAR * eighths.length)
  return '█'.repeat(Math.floor(parts / eighths.length)) + (eighths[parts % eighths.length] ?? '')
}

/** `340ms`, `12s`, `4m 10s`, `2h 5m`, `3d 4h`. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const
  let left = ms
  const parts: string[] = []
  for (const [name, size] of units) {
    const count = Math.floor(left / size)
    left -= count * size
    if (count > 0) parts.push(`${count}${name}`)
    else if (parts.length > 0) break
  }
  return parts.slice(0, 2).join(' ')
}

export const statsColumns: Columns<Node> = {
  node: ({node}) => node,
  type: ({type}) => type,
  visits: ({visits}) => visits,
  waiting: ({waiting}) => waiting,
  median_ms: ({median_ms: median}) => median,
  dropped: ({dropped}) => dropped,
  drop_off: ({drop_off: share}) => share,
}
