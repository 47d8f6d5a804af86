import type {ExplainedRule, LintResult, LintRuleText} from '../operations/flow-lint.ts'
import type {FlowProblem} from '../operations/flow-files.ts'
import {visible} from './escape.ts'
import type {Columns} from './output.ts'
import type {Paint} from './paint.ts'

export const lintFormats = ['pretty', 'json', 'sarif', 'github', 'junit'] as const

/** What was found and, where something is known, what to do about it. */
export const wordsOf = ({message, hint}: FlowProblem): string => (hint === undefined ? message : `${message} ${hint}`)

/** A finding as a row of a pipe. */
export const findingColumns: Columns<FlowProblem> = {
  place: ({file, line, column}) => `${file}:${line}:${column}`,
  severity: ({severity}) => severity,
  rule: ({rule}) => rule,
  message: wordsOf,
}

export const ruleColumns: Columns<LintRuleText> = {
  rule: ({id}) => id,
  severity: ({severity}) => severity,
  summary: ({summary}) => summary,
}

/** The findings file by file, each with its place, and a caret under what is wrong. */
export function prettyFindings({findings}: LintResult, paint: Paint): string {
  const files = [...new Set(findings.map(({file}) => file))]
  return files.map((file) => `${paint('bold', visible(file))}\n${ofOneFile(file, findings, paint)}\n`).join('')
}

function ofOneFile(name: string, all: readonly FlowProblem[], paint: Paint): string {
  const findings = all.filter(({file}) => file === name)
  const width = (texts: string[]) => Math.max(...texts.map(({length}) => length))
  const placeWidth = width(findings.map(placeOf))
  const ruleWidth = width(findings.map(({rule}) => rule))
  const lines = findings.map((finding) => {
    const {severity, rule} = finding
    const head = `  ${placeOf(finding).padEnd(placeWidth)}  `
    const word = paint(severity === 'error' ? 'red' : 'yellow', severity.padEnd('error'.length))
    const indent = ' '.repeat(head.length + 'error'.length + 2)
    return `${head}${word}  ${paint('dim', rule.padEnd(ruleWidth))}  ${visible(wordsOf(finding))}\n${caret(finding, indent)}`
  })
  return lines.join('')
}

const placeOf = ({line, column}: FlowProblem) => `${line}:${column}`

const MOST_EXCERPT = 60

/** The line of the expression or template that is meant, cut to what is around the place. */
function caret({excerpt}: FlowProblem, indent: string): string {
  if (excerpt === undefined) return ''
  const start = excerpt.text.lastIndexOf('\n', Math.max(excerpt.at - 1, 0)) + 1
  const from = Math.max(start, excerpt.at - MOST_EXCERPT / 2)
  const [line = ''] = excerpt.text.slice(from, from + MOST_EXCERPT).split('\n')
  return `${indent}${visible(line)}\n${indent}${' '.repeat(visible(excerpt.text.slice(from, excerpt.at)).length)}^\n`
}

/** `2 errors and 1 warning in 3 files` */
export function lintSentence({errors, warnings, files}: LintResult): string {
  const count = (n: number, word: string) => `${n} ${word}${n === 1 ? '' : 's'}`
  const inFiles = count(files.length, 'file')
  if (errors + warnings === 0) return `${inFiles}, no problems.`
  const counts = [
    ...(errors > 0 ? [count(errors, 'error')] : []),
    ...(warnings > 0 ? [count(warnings, 'warning')] : []),
  ]
  return `${counts.join(' and ')} in ${inFiles}.`
}

const WIDTH = 78

/** A rule as a page: what it is about, what to do, and an example of both. */
export function explainedRule(rule: ExplainedRule, paint: Paint): string {
  const fixed = rule.fixed ? '; cannot be switched off, because flow apply refuses it' : ''
  const example = (title: string, files: ExplainedRule['bad']) =>
    files.map(({file, text}) => {
      const name = files.length > 1 ? ` (${file})` : ''
      return `${paint('bold', `${title}${name}:`)}\n\n${text.trimEnd().replace(/^(?=.)/gm, '  ')}`
    })
  return `${[
    `${paint('bold', rule.id)}  ${rule.severity}${fixed}`,
    rule.summary,
    wrapped(rule.explain),
    ...example('Bad', rule.bad),
    ...example('Good', rule.good),
  ]
    .join('\n\n')
    .trimEnd()}\n`
}

function wrapped(text: string): string {
  const lines = ['']
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1) ?? ''
    if (line !== '' && line.length + 1 + word.length > WIDTH) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines.join('\n')
}
