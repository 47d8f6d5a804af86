import {PytakeError} from '../base/errors.ts'
import type {Json} from '../base/json.ts'
import {didYouMean} from '../base/nearest.ts'
import {currentContext, listContexts} from './contexts.ts'
import type {Io} from './io.ts'
import {findProject, type Project} from './project.ts'

type Variables = Record<string, Json>

/** Flags that say which values count. */
export interface ValueFlags {
  /** `--var NAME=VALUE` */
  var?: readonly string[]
  /** `--context` */
  context?: string
}

/**
 * Values of `${var.NAME}` where a command acts: the project's, over them those of the context, over them `--var`. A context
 * that only the project knows is as good: continuous integration checks values of servers that it cannot reach.
 */
export async function flowVariables(io: Io, flags: ValueFlags): Promise<Variables> {
  const given = variablesOf(flags.var)
  const project = await findProject(io.cwd)
  refuseUnknownContext(io, project, flags.context)
  return project ? {...projectVariables(project, contextName(io, project, flags.context)), ...given} : given
}

/** A misspelt context would quietly have the values of none. */
function refuseUnknownContext(io: Io, project: Project | undefined, flag: string | undefined): void {
  const name = flag ?? (io.env.PYTAKE_CONTEXT || undefined)
  if (name === undefined) return
  const own = project ? [...Object.keys(project.contexts ?? {}), ...(project.context ? [project.context] : [])] : []
  const known = new Set([...own, ...listContexts(io.env).map((context) => context.name)])
  if (known.has(name)) return
  throw new PytakeError('BAD_REQUEST', `There is no context "${name}", neither here nor in pytake.yaml.`, {
    help: didYouMean(name, known) ?? `Known: ${[...known].join(', ')}.`,
  })
}

/** The values of every context that a project knows beside the one in use. */
export function variablesElsewhere(io: Io, project: Project | undefined, flags: ValueFlags): Record<string, Variables> {
  if (!project?.contexts) return {}
  const here = contextName(io, project, flags.context)
  const given = variablesOf(flags.var)
  const others = Object.keys(project.contexts).filter((name) => name !== here)
  return Object.fromEntries(others.map((name) => [name, {...projectVariables(project, name), ...given}]))
}

function contextName(io: Io, project: Project, flag: string | undefined): string {
  return flag ?? (io.env.PYTAKE_CONTEXT || project.context) ?? currentContext(io.env).name
}

const projectVariables = ({variables, contexts}: Project, context: string): Variables => ({
  ...variables,
  ...(contexts && Object.hasOwn(contexts, context) ? contexts[context]?.variables : {}),
})

/** `NAME=VALUE` pairs. What reads as a number, true, false or null is one; everything else is text. */
function variablesOf(pairs: readonly string[] | undefined): Variables {
  return Object.fromEntries(
    (pairs ?? []).map((pair) => {
      const [, name, value] = /^([A-Za-z0-9_.-]+)=(.*)$/s.exec(pair) ?? []
      if (name === undefined || value === undefined) {
        throw new PytakeError('BAD_REQUEST', `--var ${pair}: write it as NAME=VALUE.`)
      }
      return [name, plain(value)]
    }),
  )
}

function plain(text: string): string | number | boolean | null {
  if (text === 'true' || text === 'false') return text === 'true'
  if (text === 'null') return null
  return /^-?(0|[1-9]\d{0,14})(\.\d+)?$/.test(text) ? Number(text) : text
}
