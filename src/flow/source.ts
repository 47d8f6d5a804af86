import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
  type Pair,
} from 'yaml'
import {messageOf} from '../base/errors.ts'
import type {Finding, Path, Problem} from './problem.ts'

export const MOST_FILE_BYTES = 1_048_576
export const MOST_ALIASES = 50

/** A parsed file that still knows where everything stood. */
export interface Source {
  value: unknown
  problems: Problem[]
  /** Turns a finding into a problem with file, line and column. */
  locate(path: Path, finding: Finding): Problem
}

/** Reads YAML or JSON (which is YAML). Never throws; syntax errors are problems. */
export function readSource(text: string, file: string): Source {
  const lines = new LineCounter()
  const at = (offset: number, finding: Finding): Problem => {
    const {line, col} = lines.linePos(offset)
    const {rule, message, severity = 'error', hint, excerpt} = finding
    return {file, line: Math.max(line, 1), column: Math.max(col, 1), rule, severity, message, hint, excerpt}
  }
  const refused = (problem: Problem): Source => ({value: undefined, problems: [problem], locate: () => problem})
  if (Buffer.byteLength(text) > MOST_FILE_BYTES)
    return refused(at(0, {rule: 'limit', message: `The file is larger than ${MOST_FILE_BYTES} bytes.`}))
  const document = parseDocument(text, {lineCounter: lines, uniqueKeys: true, prettyErrors: false})
  const problems = document.errors.map((error) => at(error.pos[0], {rule: 'syntax', message: error.message}))
  const first = problems.length > 0 ? undefined : aliasProblem(document)
  if (first) problems.push(at(first.offset, {rule: 'limit', message: first.message}))
  const locate = (path: Path, finding: Finding) => at(offsetOf(document, path, finding), finding)
  if (problems.length > 0) return {value: undefined, problems, locate}
  try {
    return {value: document.toJS({maxAliasCount: MOST_ALIASES}), problems, locate}
  } catch (error) {
    return refused(at(0, {rule: 'limit', message: messageOf(error)}))
  }
}

function aliasProblem(document: Document): {offset: number; message: string} | undefined {
  let count = 0
  let offset: number | undefined
  visit(document, {
    Alias(_key, node) {
      if (++count > MOST_ALIASES) offset ??= node.range?.[0] ?? 0
    },
  })
  return offset === undefined ? undefined : {offset, message: `More than ${MOST_ALIASES} aliases.`}
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
