import {errorBody, messageOf, PytakeError} from '../base/errors.ts'
import {visible} from './escape.ts'
import type {Io} from './io.ts'
import {painter} from './paint.ts'

const INTERRUPTED = 130

/** What a failure means for the shell: what to print, and the exit code. */
export interface Failure {
  error: PytakeError
  exitCode: number
}

/** Translates whatever a command threw: ours, oclif's parser, a prompt that was left, a bug. */
export function failureOf(thrown: unknown, command: string): Failure {
  if (thrown instanceof PytakeError) return {error: thrown, exitCode: thrown.exitCode}
  const {name, message, oclif} = thrown as {name?: string; message?: string; oclif?: {exit?: number}}
  if (name === 'ExitPromptError' || name === 'AbortPromptError') {
    return {error: new PytakeError('BAD_REQUEST', 'Interrupted. Nothing was changed.'), exitCode: INTERRUPTED}
  }
  if (oclif !== undefined) {
    const error = new PytakeError('BAD_REQUEST', plain(message ?? ''), {
      help: `pytake ${command === '' ? '' : `${command} `}--help`,
    })
    return {error, exitCode: error.exitCode}
  }
  const error = new PytakeError('INTERNAL', messageOf(thrown), {cause: thrown})
  return {error, exitCode: error.exitCode}
}

/** oclif's parser writes for a reader who sees nothing else around it: over several lines, in columns. */
function plain(message: string): string {
  const lines = message
    .split('\n')
    .map((line) => line.trim())
    .filter(
      (line) => line !== '' && !/^The following errors? occurred:$/.test(line) && !/^See more help with/.test(line),
    )
    .map((line) => line.replace(/^(\S+) {2,}(.+?)\.?$/, '$1 ($2)'))
  const [first = '', ...others] = lines
  return others.reduce((text, line) => {
    if (/:$/.test(text)) return `${text} ${line}`
    return /(^|; )Parsing --\S+$/.test(text) ? `${text}: ${line}` : `${text}; ${line}`
  }, first)
}

/** What happened, why, and the command that helps; or the specification's envelope. On stderr: stdout is for data. */
export async function printFailure(io: Io, {error}: Failure, asJson: boolean): Promise<void> {
  if (asJson) {
    io.stderr.write(`${JSON.stringify(errorBody(error, error.requestId ?? (await newRequestId())))}\n`)
    return
  }
  const paint = painter(io, io.stderr)
  const lines = [`${paint('red', '✗')} ${visible(error.message)}`]
  const told = error.details.filter(({message}) => !error.message.includes(message.replace(/\.$/, '')))
  for (const {field, message, place} of told) {
    const at = typeof place === 'string' ? `${place} ` : ''
    lines.push(`    ${visible(at + (field ? `${field}: ${message}` : message))}`)
  }
  if (error.code === 'INTERNAL' && error.cause !== undefined && messageOf(error.cause) !== error.message) {
    lines.push(`    ${visible(messageOf(error.cause))}`)
  }
  if (error.help !== undefined) lines.push(`  ${paint('dim', visible(error.help))}`)
  io.stderr.write(`${lines.join('\n')}\n`)
}

async function newRequestId(): Promise<string> {
  const [{createIds}, {systemClock}] = await Promise.all([import('../base/ids.ts'), import('../base/clock.ts')])
  return `req_${createIds(systemClock).next()}`
}
