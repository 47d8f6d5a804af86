import {existsSync, readFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {messageOf, PytakeError} from '../base/errors.ts'
import {isRecord} from '../base/json.ts'

/** `pytake.yaml` of a folder of flows: where its commands act unless they are told otherwise. */
export interface Project {
  path: string
  tenant?: string
  context?: string
  /** Marks what belongs to this project. */
  name?: string
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
  const {parse} = await import('yaml')
  let content: unknown
  try {
    content = parse(readFileSync(path, 'utf8'))
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
  return {path, tenant: text('tenant'), context: text('context'), name: text('name')}
}
