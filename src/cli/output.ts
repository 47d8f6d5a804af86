import {visible, cut, widthOf} from './escape.ts'
import type {Sink} from './io.ts'

/** What is shown of a row, by heading. */
export type Columns<T> = Readonly<Record<string, (row: T) => Cell>>
export type Cell = string | number | boolean | null | undefined

const NARROWEST = 8
/** Where even that is too much, a letter of each column is better than lines that wrap. */
const SLIVER = 2

export const cellText = (cell: Cell): string => visible(cell === null || cell === undefined ? '' : String(cell))

/** Rows as TSV: one line each, no headings. What would break a line or a field is escaped. */
export function tsv<T>(rows: readonly T[], columns: Columns<T>): string {
  const cells = Object.values(columns)
  return rows.map((row) => `${cells.map((cell) => cellText(cell(row))).join('\t')}\n`).join('')
}

/** Rows for a terminal: headings, aligned, cut to the width and never wrapped. */
export async function table<T>(rows: readonly T[], columns: Columns<T>, sink: Pick<Sink, 'columns'>): Promise<string> {
  const {default: Table} = await import('cli-table3')
  const head = Object.keys(columns)
  const cells = rows.map((row) => Object.values(columns).map((cell) => cellText(shortTime(cell(row)))))
  const widths = fit([head, ...cells], sink.columns)
  const drawn = new Table({
    head: head.map((text, index) => cut(text, widths[index] ?? NARROWEST)),
    chars: noBorders,
    style: {head: [], border: [], 'padding-left': 0, 'padding-right': 2, compact: true},
  })
  for (const row of cells) drawn.push(row.map((text, index) => cut(text, widths[index] ?? NARROWEST)))
  return `${drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`
}

const isoTime = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(?:\.\d+)?Z$/
/** Cut, it would be another time. */
const aTime = /^\d{4}-\d\d-\d\d \d\d:\d\d$/

/** An id of ours. `base/ids` would load what makes them. */
export const isId = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)

/** To the minute: seconds are in the answers that programs read, and in what shows one thing. */
const shortTime = (cell: Cell): Cell => (typeof cell === 'string' ? cell.replace(isoTime, '$1 $2') : cell)

/**
 * Widths that fit the line: the widest column gives way first, times last. Ids stay whole where that leaves room for the
 * rest; a part of one is of no use, so that otherwise they give way before anything else.
 */
function fit(lines: readonly string[][], room: number): number[] {
  const count = lines[0]?.length ?? 0
  const full = Array.from({length: count}, (_, index) => Math.max(...lines.map((line) => widthOf(line[index] ?? ''))))
  const all = (index: number, is: (text: string) => boolean) => {
    const texts = lines.slice(1).flatMap((line) => line[index] || [])
    return texts.length > 0 && texts.every(is)
  }
  const columns = full.map((_, index) => index)
  const times = columns.filter((index) => all(index, (text) => aTime.test(text)))
  const ids = columns.filter((index) => all(index, isId))
  const rest = columns.filter((index) => !times.includes(index) && !ids.includes(index))
  const whole = narrowed(full, [{columns: rest, least: NARROWEST}], room)
  if (lineWidth(whole) <= room) return whole
  const orders = [ids, rest, times].map((group) => ({columns: group, least: NARROWEST}))
  return narrowed(full, [...orders, {columns, least: SLIVER}], room)
}

const lineWidth = (widths: readonly number[]): number => widths.reduce((sum, width) => sum + width + 2, 0)

/** Takes from the widest of the first group until the line fits or the group has no more to give, then from the next one. */
function narrowed(full: readonly number[], groups: readonly {columns: number[]; least: number}[], room: number) {
  const widths = [...full]
  for (const {columns, least} of groups) {
    while (lineWidth(widths) > room) {
      const most = Math.max(0, ...columns.map((index) => widths[index] ?? 0))
      const widest = columns.find((index) => widths[index] === most)
      if (widest === undefined || most <= least) break
      widths[widest] = most - 1
    }
  }
  return widths
}

const noBorders = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
    'middle',
  ].map((name) => [name, '']),
)

/** One thing, a line per field: aligned on a terminal, `field<tab>value` in a pipe. */
export function details(fields: Readonly<Record<string, Cell>>, sink: Pick<Sink, 'isTTY'>): string {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  const width = Math.max(0, ...entries.map(([field]) => field.length))
  return entries
    .map(([field, value]) =>
      sink.isTTY ? `${`${field.padEnd(width)}  ${cellText(value)}`.trimEnd()}\n` : `${field}\t${cellText(value)}\n`,
    )
    .join('')
}

/** JSON for programs; indented when a person is looking. */
export const json = (value: unknown, sink: Pick<Sink, 'isTTY'>): string =>
  `${JSON.stringify(value ?? null, undefined, sink.isTTY ? 2 : undefined)}\n`
