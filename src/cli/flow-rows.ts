import {basename} from 'node:path'
import {PytakeError} from '../base/errors.ts'
import type {FlowProblem} from '../operations/flow-files.ts'
import type {Flow} from '../operations/flow-row.ts'
import type {AppliedFlow} from '../operations/flow-deploy.ts'
import type {FlowDetails, ListedFlow} from '../operations/flows.ts'
import {percent} from './canary-rows.ts'
import {visible} from './escape.ts'
import type {Cell, Columns} from './output.ts'

export const flowColumns: Columns<ListedFlow> = {
  flow: (flow) => flow.flow,
  name: (flow) => flow.name,
  release: (flow) => (flow.version === 0 ? '' : `r${flow.version}`),
  trigger: triggerOf,
  nodes: (flow) => flow.nodes.length,
  state: stateOf,
  updated_at: (flow) => flow.updated_at,
}

export const flowFields = (flow: FlowDetails): Record<string, Cell> => ({
  id: flow.id,
  flow: flow.flow,
  name: flow.name,
  description: flow.description,
  trigger: triggerOf(flow),
  release: flow.version === 0 ? 'none' : `r${flow.version} ${flow.release.slice(0, 12)}`,
  nodes: flow.nodes.length,
  edges: flow.edges.length,
  state: stateOf(flow),
  created_at: flow.created_at,
  updated_at: flow.updated_at,
})

/** `live`, `removed`, `draft`, and the first two with what is tried and a draft that waits. */
function stateOf({is_active: isLive, version, has_draft: hasDraft, canary}: Flow & Pick<ListedFlow, 'canary'>): string {
  if (version === 0) return 'draft'
  const tried = canary === null ? [] : [`canary r${canary.version} ${percent(canary.share)}`]
  return [isLive ? 'live' : 'removed', ...tried, ...(hasDraft ? ['a draft waits'] : [])].join(', ')
}

function triggerOf({trigger_type: type, trigger_value: value}: Flow): string {
  return value === null ? type : `${type}: ${value.replaceAll(',', ', ')}`
}

const signs = {created: '+', changed: '~', unchanged: '=', removed: '-'} as const

export const appliedColumns: Columns<AppliedFlow> = {
  '': ({action}) => signs[action],
  flow: ({flow}) => flow,
  release: releaseText,
  nodes: ({nodes}) => nodes.length,
  action: ({action}) => action,
}

function releaseText({action, from, to, version, canary}: AppliedFlow): string {
  const share = canary === null ? '' : ` (${percent(canary)} of new sessions)`
  return action === 'changed' && from && to ? `r${from.version} → r${to.version}${share}` : `r${version}`
}

/** `1 created, 2 unchanged. 3 people inside go by the policy; the server moves them in the next seconds.` */
export function appliedSentence(flows: readonly AppliedFlow[]): string {
  const counts = (['created', 'changed', 'removed', 'unchanged'] as const).flatMap((action) => {
    const count = flows.filter((flow) => flow.action === action).length
    return count === 0 ? [] : [`${count} ${action}`]
  })
  const redirected = flows.reduce((sum, flow) => sum + flow.redirected, 0)
  if (redirected === 0) return `${counts.join(', ')}.`
  const [people, them] =
    redirected === 1 ? ['1 person inside goes', 'that person'] : [`${redirected} people inside go`, 'them']
  return `${counts.join(', ')}. ${people} by the policy; the server moves ${them} in the next seconds.`
}

/** `menu.yaml has 2 warnings.` */
export function warningsSentence(warnings: readonly FlowProblem[]): string {
  const files = [...new Set(warnings.map(({file}) => file))]
  const count = warnings.length === 1 ? '1 warning' : `${warnings.length} warnings`
  return files.length === 1 ? `${files[0]} has ${count}.` : `${files.length} files have ${count}.`
}

/** What is wrong with flow files, as an error that carries every problem; undefined when nothing is. */
export function problemsError(problems: readonly FlowProblem[]): PytakeError | undefined {
  const errors = problems.filter(({severity}) => severity === 'error')
  if (errors.length === 0) return undefined
  const files = [...new Set(errors.map(({file}) => file))]
  const count = errors.length === 1 ? '1 problem' : `${errors.length} problems`
  const title = files.length === 1 ? `${files[0]} has ${count}` : `${files.length} files have ${count}`
  return new PytakeError('INVALID_FILE', title, {
    details: errors.map(({file, line, column, rule, message, hint, excerpt}) => ({
      field: `${file}:${line}:${column}`,
      message: withHint(message, hint),
      rule,
      ...(excerpt ? {excerpt} : {}),
    })),
    help: 'Nothing was changed.',
  })
}

/** For a file that has to be read and cannot. */
export const refuseUnreadable = (problems: readonly FlowProblem[]): PytakeError =>
  problemsError(problems) ?? new PytakeError('INVALID_FILE', 'There is no flow in this file.')

/** The problems line by line: file:line:column, the rule, what was meant, and a caret under what is wrong. */
export function problemLines(problems: readonly FlowProblem[]): string {
  const places = problems.map(({file, line, column}) => `${basename(file)}:${line}:${column}`)
  const placeWidth = Math.max(0, ...places.map(({length}) => length))
  const ruleWidth = Math.max(0, ...problems.map(({rule}) => rule.length))
  return problems
    .map(({rule, message, hint, excerpt}, n) => {
      const head = `  ${visible(places[n] ?? '').padEnd(placeWidth)}  ${rule.padEnd(ruleWidth)}  `
      const text = visible(withHint(message, hint))
      if (excerpt === undefined || excerpt.text.includes('\n')) return `${head}${text}\n`
      const at = visible(excerpt.text.slice(0, excerpt.at)).length
      return `${head}${visible(excerpt.text)}\n${' '.repeat(head.length + at)}^ ${text}\n`
    })
    .join('')
}

const withHint = (message: string, hint: string | undefined): string =>
  hint === undefined ? message : `${message} ${hint}`
