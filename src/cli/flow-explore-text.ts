import type {Exploration} from '../operations/flow-explore.ts'
import {lineTexts} from '../operations/flow-tests.ts'
import {visible} from './escape.ts'
import type {Columns} from './output.ts'
import type {Paint} from './paint.ts'

type Found = Exploration['findings'][number]

export const foundColumns: Columns<Found> = {
  place: ({file, line, column}) => `${file}:${line}:${column}`,
  severity: ({severity}) => severity,
  rule: ({rule}) => rule,
  message: ({message}) => message,
}

const MOST_MISSED = 20
const MOST_LINES = 24

/** What was found, each with the shortest dialogue that comes to it, and what was not walked. */
export function explorationText(walk: Exploration, paint: Paint): string {
  const {findings, coverage, circles, complete} = walk
  const missed = (coverage?.missed ?? []).slice(0, MOST_MISSED).map((one) => {
    const what = one.kind === 'node' ? one.node : `${one.node} → ${one.target}`
    const when = one.condition === undefined ? '' : `  if ${one.condition}`
    return `   not walked  ${visible(`${walk.file}:${one.line}  ${what}${when}`)}\n`
  })
  const round = circles.map((nodes) => `   circle      ${visible([...nodes, nodes[0] ?? ''].join(' → '))}\n`)
  return [
    ...findings.map((one) => foundText(one, paint)),
    ...(missed.length > 0 ? [...missed, '\n'] : []),
    ...(round.length > 0 ? [paint('dim', round.join('')), '\n'] : []),
    ` ${summaryOf(walk)}\n`,
    ...(complete ? [] : [` ${paint('yellow', 'Not everything:')} a limit stopped it. Further: --depth, --steps\n`]),
  ].join('')
}

function foundText({file, line, column, severity, rule, message, who, lines}: Found, paint: Paint): string {
  const sign = severity === 'error' ? paint('red', '✗') : paint('yellow', '!')
  const texts = lineTexts(lines)
  const shown = texts.length > MOST_LINES ? ['…', ...texts.slice(-MOST_LINES)] : texts
  return [
    ` ${sign} ${visible(`${file}:${line}:${column}`)}  ${rule}  ${visible(message)}`,
    paint('dim', `     ${who}`),
    ...shown.map((text) => `     ${visible(text)}`),
    '\n',
  ].join('\n')
}

export function summaryOf({places, ends, deepest, coverage, findings}: Exploration): string {
  const percent = ({reached, total}: {reached: number; total: number}) =>
    total === 0 ? 100 : Math.floor((reached / total) * 100)
  const shares = coverage ? ` · nodes ${percent(coverage.nodes)} % · edges ${percent(coverage.edges)} %` : ''
  const found = findings.length === 0 ? 'nothing found' : `${findings.length} found`
  return `${found} · ${places} places, ${ends} ends, at most ${deepest} inputs deep${shares}`
}

/** `1 error and 2 warnings.` */
export function explorationSentence({findings}: Exploration): string {
  const count = (severity: Found['severity'], word: string) => {
    const number = findings.filter((one) => one.severity === severity).length
    return number === 0 ? [] : [`${number} ${word}${number === 1 ? '' : 's'}`]
  }
  return `${[...count('error', 'error'), ...count('warn', 'warning')].join(' and ')}.`
}
