import {existsSync, readFileSync, statSync} from 'node:fs'
import {dirname, join, relative, resolve, sep} from 'node:path'
import {PytakeError} from '../base/errors.ts'
import {flowFilesIn, readFiles, type TextFile} from './files.ts'
import type {Io} from './io.ts'
import type {Project} from './project.ts'

/** Files to lint, and those that lie beside them. */
export interface LintFiles {
  files: TextFile[]
  beside: TextFile[]
  /** Flows may be out of sight: standard input lies in no folder. */
  partial: boolean
}

/** What was named on the command line, else the project's folder of flows, else `flows`. */
export async function lintFilesOf(io: Io, paths: readonly string[], project: Project | undefined): Promise<LintFiles> {
  const named = paths.length > 0 ? paths : [flowFolder(io, project, 'flow lint')]
  const files = await readFiles(io, named)
  return {files, beside: filesBeside(io, files, project), partial: named.includes('-')}
}

const MOST_BESIDE = 1000
/** Larger ones are no flows. */
const MOST_BYTES = 1_048_576

/**
 * The project's flows, or what lies in the same folder: not below it, because a file may lie anywhere, a home folder included. What
 * cannot be read there is nobody's mistake.
 */
function filesBeside(io: Io, files: readonly TextFile[], project: Project | undefined): TextFile[] {
  const paths = files.filter(({name}) => name !== 'stdin').map(({name}) => resolve(io.cwd, name))
  const home = project && resolve(dirname(project.path), project.flows ?? 'flows')
  const found = new Set<string>()
  for (const folder of new Set(paths.map((path) => dirname(path)))) {
    const ofProject = home !== undefined && (folder === home || folder.startsWith(home + sep))
    for (const path of flowFilesNear(ofProject ? home : folder, ofProject)) found.add(path)
  }
  for (const path of paths) found.delete(path)
  return [...found].slice(0, MOST_BESIDE).flatMap((path) => {
    const text = smallFile(path)
    return text === undefined ? [] : [{name: relative(io.cwd, path), text}]
  })
}

function flowFilesNear(folder: string, below: boolean): string[] {
  try {
    return flowFilesIn(folder, folder, below)
  } catch {
    return []
  }
}

function smallFile(path: string): string | undefined {
  try {
    return statSync(path).size > MOST_BYTES ? undefined : readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** The folder of flows of the project, or of where we are. `command` is told whoever has none. */
export function flowFolder(io: Io, project: Project | undefined, command: string): string {
  const folder = project ? join(dirname(project.path), project.flows ?? 'flows') : resolve(io.cwd, 'flows')
  const shown = relative(io.cwd, folder) || '.'
  if (existsSync(folder)) return shown
  throw new PytakeError('BAD_REQUEST', `There is no folder ${shown}.`, {
    help: `Name files or folders: pytake ${command} FILE`,
  })
}

/** `dead-end=off`, over what the project file says. Ids and severities are checked where the rules are known. */
export function ruleSettings(pairs: readonly string[] | undefined, project: Project | undefined) {
  const given = (pairs ?? []).map((pair) => {
    const [, id, severity] = /^([a-z-]+)=(off|warn|error)$/.exec(pair) ?? []
    if (id !== undefined && severity !== undefined) return [id, severity] as const
    throw new PytakeError('BAD_REQUEST', `--rule ${pair}: write it as RULE=off, RULE=warn or RULE=error.`)
  })
  return {...project?.lintRules, ...Object.fromEntries(given)} as Record<string, 'off' | 'warn' | 'error'>
}
