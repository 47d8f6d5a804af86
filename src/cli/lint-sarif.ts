import {isAbsolute} from 'node:path'
import {pathToFileURL} from 'node:url'
import type {LintResult} from '../operations/flow-lint.ts'
import {wordsOf} from './lint-report.ts'

const levels = {error: 'error', warn: 'warning'} as const

/** The findings in SARIF 2.1.0, for code scanning. */
export function sarifFindings({findings, rules}: LintResult, version: string): object {
  const places = new Map(rules.map(({id}, index) => [id, index]))
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'pytake flow lint',
            version,
            rules: rules.map(({id, severity, summary, explain}) => ({
              id,
              shortDescription: {text: summary},
              fullDescription: {text: explain.replaceAll('\n', ' ')},
              defaultConfiguration: {level: levels[severity]},
            })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => ({
          ruleId: finding.rule,
          ruleIndex: places.get(finding.rule),
          level: levels[finding.severity],
          message: {text: wordsOf(finding)},
          locations: [
            {
              physicalLocation: {
                artifactLocation: {uri: uriOf(finding.file)},
                region: {startLine: finding.line, startColumn: finding.column},
              },
            },
          ],
        })),
      },
    ],
  }
}

const uriOf = (file: string): string =>
  isAbsolute(file) ? pathToFileURL(file).href : file.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/')
