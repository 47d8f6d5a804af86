import type {TestedFile} from '../operations/flow-tests.ts'

/** The report in JUnit's XML, which CI systems read: a suite per file, a case per dialogue. */
export function junit(files: readonly TestedFile[]): string {
  const suites = files.map(suiteXml)
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('')}</testsuites>\n`
}

function suiteXml(file: TestedFile): string {
  const cases = [
    ...file.dialogues.map(({name, failure}) =>
      caseXml(
        file.file,
        name,
        failure && {
          message: failure.message,
          text: [
            `${file.file}:${failure.line}:${failure.column}`,
            failure.expected && `expected ${failure.expected}`,
            failure.got && `got ${failure.got}`,
            failure.hint,
          ]
            .filter(Boolean)
            .join('\n'),
        },
      ),
    ),
    ...file.problems.map(({file: where, line, column, rule, message}) =>
      caseXml(file.file, `${rule} ${line}:${column}`, {message, text: `${where}:${line}:${column} ${message}`}),
    ),
    ...(file.difference
      ? [caseXml(file.file, 'transcript', {message: 'the transcript differs', text: file.difference.join('\n')})]
      : []),
  ]
  const failures = cases.filter((one) => one.includes('<failure')).length
  const head = `  <testsuite name="${escaped(file.file)}" tests="${cases.length}" failures="${failures}" time="${(file.ms / 1000).toFixed(3)}">`
  return `${head}\n${cases.join('')}  </testsuite>\n`
}

function caseXml(file: string, name: string, failure: {message: string; text: string} | undefined): string {
  const head = `    <testcase classname="${escaped(file)}" name="${escaped(name)}"`
  if (!failure) return `${head}/>\n`
  return `${head}>\n      <failure message="${escaped(failure.message)}">${escaped(failure.text)}</failure>\n    </testcase>\n`
}

const entities: Record<string, string> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;'}

/** XML 1.0 has no place for most control characters, not even escaped. */
const escaped = (text: string): string =>
  [...text]
    .map((sign) =>
      sign < ' ' && !'\t\n\r'.includes(sign) ? '\uFFFD' : sign === '\n' ? '&#10;' : (entities[sign] ?? sign),
    )
    .join('')
