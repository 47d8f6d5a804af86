import type {FlowProblem} from '../operations/flow-files.ts'
import type {LintResult} from '../operations/flow-lint.ts'
import {wordsOf} from './lint-report.ts'
import {xmlText} from './xml.ts'

/** The findings as JUnit XML: a suite per file, a failed case per error. Warnings pass and say what they are. */
export function junitFindings({findings, files, errors}: LintResult): string {
  const suites = files.map((file) =>
    suite(
      file,
      findings.filter((finding) => finding.file === file),
    ),
  )
  const tests = files.reduce((sum, file) => sum + Math.max(1, findings.filter((one) => one.file === file).length), 0)
  const all = `<testsuites name="pytake flow lint" tests="${tests}" failures="${errors}">`
  return `<?xml version="1.0" encoding="UTF-8"?>\n${all}\n${suites.join('')}</testsuites>\n`
}

function suite(file: string, findings: readonly FlowProblem[]): string {
  const name = xmlText(file)
  const failures = findings.filter(({severity}) => severity === 'error').length
  const cases =
    findings.length === 0
      ? [`    <testcase classname="${name}" name="lint"/>\n`]
      : findings.map((finding) => testCase(name, finding))
  return `  <testsuite name="${name}" tests="${cases.length}" failures="${failures}">\n${cases.join('')}  </testsuite>\n`
}

function testCase(name: string, finding: FlowProblem): string {
  const {file, line, column, rule, severity} = finding
  const words = xmlText(wordsOf(finding))
  const place = xmlText(`${file}:${line}:${column}`)
  const inside =
    severity === 'error'
      ? `<failure type="${xmlText(rule)}" message="${words}">${place} ${words}</failure>`
      : `<system-out>${place} ${words}</system-out>`
  return `    <testcase classname="${name}" name="${xmlText(`${rule} ${line}:${column}`)}">${inside}</testcase>\n`
}
