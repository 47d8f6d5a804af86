import {isAlias, isMap, isScalar, isSeq, LineCounter, type Document, type Node, type Pair} from 'yaml'
import {messageOf} from '../base/errors.ts'
import type {Finding, Path, Problem} from './problem.ts'
import {checkDocument} from './source-check.ts'
import {parseYaml} from './source-parse.ts'
import {unquotedComma} from './unquoted-comma.ts'

export const MOST_FILE_BYTES = 1_048_576

/** A parsed file that still knows where everything stood. */
export interface Source {
  value: unknown
  problems: Problem[]
  /** Turns a finding into a problem with file, line and column. */
  locate: (path: Path, finding: Finding) => Problem
}

/** Reads YAML or JSON (which is YAML). Never throws; syntax errors are problems. */
export function readSource(written: string, file: string): Source {
  const text = written.startsWith('\ufeff') ? written.slice(1) : written
  const lines = new LineCounter()
  const at = (offset: number, finding: Finding): Problem => {
    const {line, col} = lines.linePos(offset)
    const {rule, message, severity = 'error', hint, excerpt} = finding
    return {file, line: Math.max(line, 1), column: Math.max(col, 1), rule, severity, message, hint, excerpt}
  }
  const refused = (problems: Problem[]): Source => ({
    value: undefined,
    problems,
    locate: (_, finding) => at(0, finding),
  })
  if (Buffer.byteLength(text) > MOST_FILE_BYTES)
    return refused([at(0, {rule: 'limit', message: `The file is larger than ${MOST_FILE_BYTES} bytes.`})])
  const unreadable = unreadableCharacter(text)
  if (unreadable) {
    // The parser, which would note where lines begin, gets no such text.
    lines.addNewLine(0)
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', end + 1)) lines.addNewLine(end + 1)
    return refused([at(unreadable.offset, {rule: 'syntax', ...unreadable})])
  }
  const {document, problems} = parseYaml(text, lines)
  if (problems.length === 0 && document) problems.push(...checkDocument(document))
  if (problems.length > 0) return refused(problems.map(({offset, rule, message}) => at(offset, {rule, message})))
  if (!document || document.contents === null) return refused([at(0, {rule: 'syntax', message: 'The file is empty.'})])
  try {
    const value: unknown = document.toJS({maxAliasCount: -1})
    return {
      value,
      problems: [],
      locate: (path, finding) => {
        const hint = (finding.rule === 'unknown-key' ? unquotedComma(document, path) : undefined) ?? finding.hint
        return at(finding.offset ?? offsetOf(document, path, finding), {...finding, hint})
      },
    }
  } catch (error) {
    return refused([at(0, {rule: 'syntax', message: messageOf(error)})])
  }
}

const TAB = 9
const NEWLINE = 10
const RETURN = 13
const SPACE = 32
const REPLACEMENT = 0xfffd

/** Bytes that were no UTF-8 have become U+FFFD; control characters are none of YAML's. */
function unreadableCharacter(text: string): {offset: number; message: string; hint: string} | undefined {
  for (let offset = 0; offset < text.length; offset++) {
    const code = text.charCodeAt(offset)
    if (code === REPLACEMENT)
      return {offset, message: 'This is no UTF-8.', hint: 'Save the file as UTF-8; it may be Latin-1 or UTF-16.'}
    if (code < SPACE && code !== TAB && code !== NEWLINE && code !== RETURN) {
      const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
      return {offset, message: `The control character ${name} cannot stand in a file.`, hint: 'Take it out.'}
    }
  }
  return undefined
}

const startOf = (node: unknown) => (node as {range?: [number, number, number] | null} | null)?.range?.[0]

/** The offset of a path, or of its nearest parent that exists in the file. */
function offsetOf(document: Document, path: Path, finding: Finding): number {
  let node: unknown = document.contents
  let offset = startOf(node) ?? 0
  for (const [index, segment] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document)
    const pair: Pair | undefined = isMap(node)
      ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(segment))
      : undefined
    const next: unknown = isSeq(node) ? node.items[Number(segment)] : pair?.value
    const last = index === path.length - 1
    if (pair && last && finding.at === 'key') return startOf(pair.key) ?? offset
    if (next === undefined && !pair) return offset
    offset = startOf(next) ?? startOf(pair?.key) ?? offset
    node = next
  }
  return offset + insideScalar(node as Node | null, finding)
}

/** How far into a scalar an expression is wrong. Only one-line scalars keep their columns. */
function insideScalar(node: Node | null, {excerpt}: Finding): number {
  if (!excerpt || !isScalar(node)) return 0
  if (node.type === 'PLAIN') return excerpt.text.includes('\n') ? 0 : excerpt.at
  return node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE' ? excerpt.at + 1 : 0
}
