import type {FlowCoverage} from '../operations/flow-coverage.ts'
import {lineTexts, type Mutation, type TestedFile} from '../operations/flow-tests.ts'
import {visible, widthOf} from './escape.ts'
import type {Paint} from './paint.ts'

const MOST_MISSED = 20

/** What a run came to, for every way of telling it. */
export interface TestSummary {
  dialogues: number
  failed: number
  problems: number
  inputs: number
  ms: number
  /** Per cent that the tests reach; null where nothing could be run. */
  nodes: number | null
  edges: number | null
}

/** `9 dialogues`, `1 dialogue`. */
const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`
const rounded = (ms: number): string => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`

/** One line per file, and under it everything that is wrong. */
export function filesText(files: readonly TestedFile[], paint: Paint): string {
  const width = Math.max(0, ...files.map(({file}) => widthOf(visible(file))))
  return files
    .map((file) => {
      const sign = file.passed ? paint('green', '✓') : paint('red', '✗')
      const name = visible(file.file)
      const padded = name + ' '.repeat(width - widthOf(name))
      const head = ` ${sign} ${padded}  ${counted(file.dialogues.length, 'dialogue').padStart(13)}  ${rounded(file.ms).padStart(7)}\n`
      return head + problemsText(file) + failuresText(file, paint) + differenceText(file, paint)
    })
    .join('')
}

function problemsText({problems}: TestedFile): string {
  return problems
    .map(({file, line, column, rule, message, hint}) => {
      const place = visible(`${file}:${line}:${column}`)
      return `     ${place}  ${rule}  ${visible(hint === undefined ? message : `${message} ${hint}`)}\n`
    })
    .join('')
}

function failuresText({file, dialogues}: TestedFile, paint: Paint): string {
  return dialogues
    .map(({name, lines, failure}) => {
      if (!failure) return ''
      const {expected, got, message, hint, flow, line, column} = failure
      const place = flow ? `    ${paint('dim', visible(`${flow.file}:${flow.line} (${flow.node})`))}` : ''
      const told =
        expected === undefined
          ? [`      ${paint('red', '✗')} ${visible(message)}${place}`]
          : [
              `      ${paint('red', '✗')} expected  ${visible(expected)}`,
              `        got       ${visible(got ?? '')}${place}`,
            ]
      return `${[
        `     "${visible(name)}"`,
        ...lineTexts(lines).map((text) => `        ${visible(text)}`),
        ...told,
        ...(hint === undefined ? [] : [`        ${visible(hint)}`]),
        `        ${paint('dim', visible(`${file}:${line}:${column}`))}`,
      ].join('\n')}\n`
    })
    .join('')
}

function differenceText({difference = []}: TestedFile, paint: Paint): string {
  if (difference.length === 0) return ''
  const colours = {'-': 'red', '+': 'green'} as const
  const lines = difference.map((line) => {
    const colour = colours[line[0] as '-' | '+'] as 'red' | 'green' | undefined
    return `        ${colour ? paint(colour, visible(line)) : visible(line)}`
  })
  return `${['     the transcript differs; --update writes it anew', ...lines].join('\n')}\n`
}

/** The last lines: how many, how much of the flows they reach, and what they do not. */
export function summaryText(summary: TestSummary, coverage: readonly FlowCoverage[], paint: Paint): string {
  const {dialogues, failed, problems, nodes, edges, ms} = summary
  const bad = [
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(problems > 0 ? [`${counted(problems, 'problem')} in test files`] : []),
  ]
  const missed = coverage.flatMap(({file, missed: parts}) =>
    parts.map(({node, target, condition, line}) => {
      const edge = target === undefined ? '' : ` → ${target}${condition === undefined ? '' : `  ${condition}`}`
      return `   not reached  ${visible(`${file}:${line}`)}  ${visible(node + edge)}`
    }),
  )
  const more = missed.length > MOST_MISSED ? [`   … and ${missed.length - MOST_MISSED} more; --json has all`] : []
  const parts = [
    [counted(dialogues, 'dialogue'), ...bad].join(', '),
    ...(nodes === null ? [] : [`nodes ${nodes} %`]),
    ...(edges === null ? [] : [`edges ${edges} %`]),
    rounded(ms),
  ]
  const colour = bad.length > 0 ? 'red' : 'green'
  return `\n${[...missed.slice(0, MOST_MISSED), ...more].map((line) => `${line}\n`).join('')} ${paint(colour, parts.join(' · '))}\n`
}

/** The changes that no test noticed, by flow. */
export function mutationsText(mutations: readonly Mutation[], paint: Paint): string {
  const lines = mutations.flatMap(({file, total, noticed, survivors}) => [
    ` ${survivors.length === 0 ? paint('green', '✓') : paint('yellow', '!')} ${visible(file)}  ${noticed} of ${counted(total, 'change')} noticed`,
    ...survivors.map(({line, node, change, unreached}) => {
      const why = unreached ? paint('dim', '  (no dialogue comes here)') : ''
      return `     ${visible(`${file}:${line} (${node})`)}  ${visible(change)}${why}`
    }),
  ])
  return lines.length === 0 ? '' : `\n${lines.join('\n')}\n`
}
