import {existsSync, readFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {messageOf, PytakeError} from '../base/errors.ts'
import {isRecord, type Json} from '../base/json.ts'
import {contextsOf, variablesIn, type ProjectContext} from './project-values.ts'

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

/** The project file of this folder or the nearest above it. */
export async function findProject(cwd: string): Promise<Project | undefined> {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const path = join(folder, FILE)
    if (existsSync(path)) return readProject(path)
    if (dirname(folder) === folder) return undefined
  }
}

async function readProject(path: string): Promise<Project> {
  const {parseYaml} = await import('./yaml-text.ts')
  let content: unknown
  try {
    content = parseYaml(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new PytakeError('INVALID_FILE', `${path}: ${messageOf(error)}`)
  }
  if (content === null || content === undefined) return {path}
  if (!isRecord(content)) throw new PytakeError('INVALID_FILE', `${path} must hold names and values.`)
  const text = (field: string) => {
    const value = content[field]
    if (value === undefined || value === null || typeof value === 'string') return value ?? undefined
    throw new PytakeError('INVALID_FILE', `${path}: ${field} must be text.`, {
      details: [{field, message: 'must be text'}],
    })
  }
  return {
    path,
    tenant: text('tenant'),
    context: text('context'),
    name: text('name'),
    flows: text('flows'),
    lintRules: lintRulesOf(content.lint, path),
    variables: variablesIn(content.variables, 'variables', path),
    contexts: contextsOf(content.contexts, path),
  }
}

/** `lint: {rules: {id: off | warn | error}}`. Which rules there are is known where they are used. */
function lintRulesOf(lint: unknown, path: string): Record<string, string> | undefined {
  if (lint === undefined || lint === null) return undefined
  const rules = isRecord(lint) ? (lint.rules ?? {}) : undefined
  const unknown = isRecord(lint) ? Object.keys(lint).find((key) => key !== 'rules') : undefined
  const help = 'lint: {rules: {dead-end: off}}'
  if (unknown !== undefined) throw new PytakeError('INVALID_FILE', `${path}: lint.${unknown} is not known.`, {help})
  // YAML 1.1 readers take off for false; whoever writes false means the same.
  const entries = Object.entries(isRecord(rules) ? rules : {}).map(([id, value]) => [
    id,
    value === false ? 'off' : value,
  ])
  if (!isRecord(rules) || entries.some(([, value]) => typeof value !== 'string'))
    throw new PytakeError('INVALID_FILE', `${path}: lint.rules must hold a severity for each rule.`, {help})
  return Object.fromEntries(entries) as Record<string, string>
}
