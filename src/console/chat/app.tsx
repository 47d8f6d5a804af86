import {Box, Text, useStdout} from 'ink'
import {useEffect, useState, useSyncExternalStore} from 'react'
import {cut, visible} from '../../cli/escape.ts'
import {rowsOf, type Row} from './rows.ts'
import type {ChatScreen, Shown} from './screen.ts'
import {sideRows} from './side.ts'
import {wrap} from './wrap.ts'

interface ChatAppProps {
  screen: ChatScreen
  title: string
  coloured: boolean
  clock: (at: number) => string
}

const SIDE = 34
/** Narrower screens have no room for what goes on behind. */
const WITH_SIDE = 72
const HINT = '↑↓ choose · Enter · :advance · :restart · :save FILE · :help · Ctrl-C leaves'

/** The whole screen: bubbles, what goes on behind them, a line to write in. */
export function ChatApp({screen, title, coloured, clock}: ChatAppProps) {
  const {columns, rows} = useSize()
  const shown = useSyncExternalStore(screen.subscribe, () => screen.shown)
  const hasSide = columns >= WITH_SIDE
  const width = hasSide ? columns - SIDE - 1 : columns
  const notice = noticeRows(shown, columns, rows)
  // One line less than there are: a full screen would be cleared and drawn anew each time.
  const height = Math.max(3, rows - 4 - notice.length)
  const all = rowsOf(shown.view, {width, selected: shown.draft === '' ? shown.selected : undefined, clock})
  const most = Math.max(0, all.length - height)
  const scrolled = Math.min(shown.scrolled, most)
  useEffect(() => screen.scrollAtMost(most), [screen, most])
  const visibleRows = all.slice(Math.max(0, all.length - height - scrolled), all.length - scrolled)
  return (
    <Box flexDirection="column" width={columns} height={rows - 1}>
      <Text bold wrap="truncate">
        {cut(visible(title), columns)}
      </Text>
      <Box height={height}>
        <Lines rows={visibleRows} width={width} coloured={coloured} atEnd />
        {hasSide && (
          <Box
            width={SIDE + 1}
            borderStyle="single"
            borderTop={false}
            borderBottom={false}
            borderRight={false}
            borderDimColor
          >
            <Lines rows={sideRows(shown.view, height, clock)} width={SIDE} coloured={coloured} />
          </Box>
        )}
      </Box>
      <Lines rows={notice} width={columns} coloured={coloured} />
      <Text wrap="truncate">{`> ${tail(visible(shown.draft), columns - 4)}▏`}</Text>
      <Text dimColor={coloured} wrap="truncate">
        {scrolled > 0 ? `${scrolled} lines below · PgDn` : cut(HINT, columns)}
      </Text>
    </Box>
  )
}

interface LinesProps {
  rows: readonly Row[]
  width: number
  coloured: boolean
  /** Stand at the bottom when there is room above. */
  atEnd?: boolean
}

function Lines({rows, width, coloured, atEnd = false}: LinesProps) {
  return (
    <Box flexDirection="column" width={width} justifyContent={atEnd ? 'flex-end' : 'flex-start'}>
      {rows.map(({text, colour, bold = false}, index) => (
        <Text
          key={index}
          color={coloured ? colour : undefined}
          bold={bold && coloured}
          inverse={bold && coloured && text.includes('❯')}
          wrap="truncate"
        >
          {cut(text, width) || ' '}
        </Text>
      ))}
    </Box>
  )
}

const colours = {good: 'green', bad: 'red', plain: undefined} as const

function noticeRows({notice}: Shown, columns: number, rows: number): Row[] {
  if (!notice) return []
  const lines = notice.text.split('\n').flatMap((line) => wrap(line, columns))
  return lines.slice(0, Math.max(1, rows - 8)).map((text) => ({text, colour: colours[notice.kind]}))
}

/** The end of what is being typed. */
function tail(text: string, width: number): string {
  const letters = [...text]
  return letters.length <= width ? text : `…${letters.slice(1 - width).join('')}`
}

/** How large the terminal is, also after it was resized. */
function useSize(): {columns: number; rows: number} {
  const {stdout} = useStdout()
  const now = () => ({columns: stdout.columns || 80, rows: stdout.rows || 24})
  const [size, setSize] = useState(now)
  useEffect(() => {
    const measure = () => setSize(now())
    stdout.on('resize', measure)
    return () => void stdout.off('resize', measure)
  }, [stdout])
  return size
}
