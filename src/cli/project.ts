import {existsSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {PytakeError} from '../base/errors.ts'
import {isRecord, type Json} from '../base/json.ts'
import {unreadable} from './files.ts'
import {
  contextsOf,
  lintRulesOf,
  type ProjectContext,
  refuseUnknown,
  textIn,
  variablesIn,
  type Wrong,
} from './project-values.ts'
import {readRegular} from './regular-file.ts'

/** `pytake.yaml` of a folder of flows: where its commands act unless they are told otherwise. */
export interface Project {
  path: string
  tenant?: string
  context?: string
  /** Marks what belongs to this project. */
  name?: string
  /** Its folder of flows; `flows` when absent. */
  flows?: string
  /** Severities of lint's rules. */
  lintRules?: Record<string, string>
  /** Values of `${var.NAME}` in its flows. */
  variables?: Record<string, Json>
  /** What differs where it is deployed, by the name of the context. */
  contexts?: Record<string, ProjectContext>
}

const FILE = 'pytake.yaml'
const MOST_BYTES = 1_048_576
/** `campaigns` names the folder of what is sent to many. */
const known = ['tenant', 'context', 'name', 'flows', 'campaigns', 'lint', 'variables', 'contexts']

/** The project file of this folder or the nearest above it. */
export async function findProject(cwd: string): Promise<Project | undefined> {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const path = join(folder, FILE)
    if (existsSync(path)) return readProject(path)
    if (dirname(folder) === folder) return undefined
  }
}

async function readProject(path: string): Promise<Project> {
  const {readSource} = await import('../operations/yaml-source.ts')
  const text = projectText(path)
  if (isBlank(text)) return {path}
  const {value, problems, locate} = readSource(text, path)
  if (problems.length > 0) throw invalidFile(path, problems)
  if (!isRecord(value))
    throw invalidFile(path, [locate([], {rule: 'syntax', message: 'It must hold names and values.'})])
  const found: Told[] = []
  const wrong: Wrong = (place, what, {help, at} = {}) => {
    const field = place.join('.')
    found.push({...locate(place, {rule: 'invalid-value', message: `${field} ${what}.`, hint: help, at}), field})
  }
  refuseUnknown(value, known, {wrong})
  const project = {
    path,
    tenant: textIn(value.tenant, ['tenant'], wrong),
    context: textIn(value.context, ['context'], wrong),
    name: textIn(value.name, ['name'], wrong),
    flows: textIn(value.flows, ['flows'], wrong),
    lintRules: lintRulesOf(value.lint, wrong),
    variables: variablesIn(value.variables, ['variables'], wrong),
    contexts: contextsOf(value.contexts, wrong),
  }
  found.sort((a, b) => a.line - b.line || a.column - b.column)
  if (found.length > 0) throw invalidFile(path, found)
  return project
}

function projectText(path: string): string {
  try {
    return readRegular(path, {name: path, most: MOST_BYTES}).toString('utf8')
  } catch (error) {
    throw unreadable(path, error)
  }
}

/** Nothing but comments: a project with nothing to say. */
const isBlank = (text: string) =>
  text
    .replace(/^\ufeff/, '')
    .replace(/^\s*#.*$/gm, '')
    .trim() === ''

interface Told {
  line: number
  column: number
  message: string
  hint?: string
  field?: string
}

/** One problem is the sentence itself; several stand below one another, each with what was meant. */
function invalidFile(path: string, problems: readonly Told[]): PytakeError {
  const [{line, column, message, hint, field} = nothing, ...others] = problems
  if (others.length === 0) {
    const details = field === undefined ? undefined : [{field, message}]
    return new PytakeError('INVALID_FILE', `${path}:${line}:${column}: ${message}`, {details, help: hint})
  }
  const details = problems.map((one) => ({
    message: [`${one.line}:${one.column}`, one.message, one.hint].filter(Boolean).join(' '),
  }))
  return new PytakeError('INVALID_FILE', `${path} has ${problems.length} problems`, {details})
}

const nothing: Told = {line: 1, column: 1, message: 'It cannot be read.'}
