import {existsSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {type ErrorDetail, PytakeError} from '../base/errors.ts'
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
  const [problem] = problems
  if (problem) throw invalidFile(problem)
  const wrong: Wrong = (place, what, {help, at} = {}) => {
    const field = place.join('.')
    const told = locate(place, {rule: 'invalid-value', message: `${field} ${what}.`, hint: help, at})
    return invalidFile(told, [{field, message: what}])
  }
  if (!isRecord(value)) throw invalidFile(locate([], {rule: 'syntax', message: 'It must hold names and values.'}))
  refuseUnknown(value, known, {wrong})
  return {
    path,
    tenant: textIn(value.tenant, ['tenant'], wrong),
    context: textIn(value.context, ['context'], wrong),
    name: textIn(value.name, ['name'], wrong),
    flows: textIn(value.flows, ['flows'], wrong),
    lintRules: lintRulesOf(value.lint, wrong),
    variables: variablesIn(value.variables, ['variables'], wrong),
    contexts: contextsOf(value.contexts, wrong),
  }
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
  file: string
  line: number
  column: number
  message: string
  hint?: string
}

const invalidFile = ({file, line, column, message, hint}: Told, details?: ErrorDetail[]) =>
  new PytakeError('INVALID_FILE', `${file}:${line}:${column}: ${message}`, {details, help: hint})
