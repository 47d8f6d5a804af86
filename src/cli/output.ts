import {visible, cut} from './escape.ts'
import type {Sink} from './io.ts'

/** What is shown of a row, by heading. */
export type Columns<T> = Readonly<Record<string, (row: T) => Cell>>
export type Cell = string | number | boolean | null | undefined

const NARROWEST = 8

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
  const cells = rows.map((row) => Object.values(columns).map((cell) => cellText(cell(row))))
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

/** Cut, it would be another time. */
const aTime = /^\d{4}-\d\d-\d\d \d\d:\d\d$/

/** The widest column gives way first, until the line fits; times give way last. */
function fit(lines: readonly string[][], room: number): number[] {
  const count = lines[0]?.length ?? 0
  const widths = Array.from({length: count}, (_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)))
  const total = () => widths.reduce((sum, width) => sum + width + 2, 0)
  const isTime = widths.map((_, index) => lines.slice(1).every((line) => aTime.test(line[index] ?? '')))
  const widestOf = (hold: boolean) => Math.max(0, ...widths.filter((_, index) => !(hold && isTime[index])))
  while (total() > room) {
    const hold = widestOf(true) > NARROWEST
    const most = widestOf(hold)
    const widest = widths.findIndex((width, index) => width === most && !(hold && isTime[index]))
    if ((widths[widest] ?? 0) <= NARROWEST) break
    widths[widest] = (widths[widest] ?? 0) - 1
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
