import {Composer, Lexer, Parser, type CST, type Document, type LineCounter} from 'yaml'
import {DEEPEST_NESTING, type SourceProblem} from './source-check.ts'

const MOST_FAULTS = 100
/** The stream and the document lie below the outermost list or object. */
const STACK_OF_NOTHING = 2

/**
 * Parses one YAML document and records where its lines begin. Stops at nesting that the composer, which calls itself,
 * could not survive: a process near the end of its stack may not even be able to throw.
 */
export function parseYaml(text: string, lines: LineCounter): {document?: Document; problems: SourceProblem[]} {
  const {tokens, problem} = tokensOf(text, lines)
  if (problem) return {problems: [problem]}
  const composer = new Composer({lineCounter: lines, uniqueKeys: false, prettyErrors: false})
  const [document, second] = [...composer.compose(tokens, true, text.length)]
  const faults = [...(document?.errors ?? []), ...(document?.warnings ?? [])]
  const problems = faults.slice(0, MOST_FAULTS).map(({pos, message}) => fault(pos[0], message))
  if (second) {
    const message = 'A second document begins here. One file holds one; take out the ---.'
    problems.push({offset: second.range[0], rule: 'syntax', message})
  }
  return {document, problems}
}

function tokensOf(text: string, lines: LineCounter): {tokens: CST.Token[]; problem?: SourceProblem} {
  const tokens: CST.Token[] = []
  const parser = new Parser(lines.addNewLine)
  lines.addNewLine(0)
  let faults = 0
  const take = (token: CST.Token) => {
    tokens.push(token)
    if (token.type === 'error') faults++
  }
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) take(token)
    // The parser goes on after a fault, and may find one at every sign that follows.
    if (faults > MOST_FAULTS) break
    if (parser.stack.length <= DEEPEST_NESTING + STACK_OF_NOTHING) continue
    const message = `It is nested deeper than ${DEEPEST_NESTING} levels.`
    return {tokens, problem: {offset: parser.offset, rule: 'limit', message}}
  }
  for (const token of parser.end()) take(token)
  return {tokens}
}

function fault(offset: number, message: string): SourceProblem {
  if (message.startsWith('Tabs are not allowed'))
    return {offset, rule: 'syntax', message: 'A tab cannot indent. Use spaces.'}
  return {offset, rule: 'syntax', message: message.replace(/([^.])$/, '$1.')}
}
