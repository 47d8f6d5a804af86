import type {LintResult} from '../operations/flow-lint.ts'
import {wordsOf} from './lint-report.ts'

const commands = {error: 'error', warn: 'warning'} as const

/** The findings as workflow commands, which GitHub shows beside the lines they are about. */
export const githubFindings = ({findings}: LintResult): string =>
  findings
    .map((finding) => {
      const {file, line, column, rule, severity} = finding
      const properties = Object.entries({file, line, col: column, title: rule})
      const given = properties.map(([name, value]) => `${name}=${property(String(value))}`).join(',')
      return `::${commands[severity]} ${given}::${data(wordsOf(finding))}\n`
    })
    .join('')

/** What would end a command early is escaped as GitHub's own toolkit does it. */
const data = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
const property = (text: string) => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
