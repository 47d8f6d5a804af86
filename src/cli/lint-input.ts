import {existsSync} from 'node:fs'
import {dirname, join, relative, resolve} from 'node:path'
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
  const named = paths.length > 0 ? paths : [folderOf(io, project)]
  const files = await readFiles(io, named)
  const linted = new Set(files.map(({name}) => resolve(io.cwd, name)))
  const folders = new Set(files.filter(({name}) => name !== 'stdin').map(({name}) => dirname(name)))
  const beside = [...folders]
    .flatMap((folder) => flowFilesIn(io, folder))
    .filter((name) => !linted.has(resolve(io.cwd, name)))
  return {files, beside: await readFiles(io, beside), partial: named.includes('-')}
}

function folderOf(io: Io, project: Project | undefined): string {
  const folder = project ? join(dirname(project.path), project.flows ?? 'flows') : resolve(io.cwd, 'flows')
  const shown = relative(io.cwd, folder) || '.'
  if (existsSync(folder)) return shown
  throw new PytakeError('BAD_REQUEST', `There is no folder ${shown}.`, {
    help: 'Name files or folders: pytake flow lint FILE',
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
