import {PytakeError} from '../base/errors.ts'
import type {Canary} from '../operations/flow-canary.ts'
import type {Plan, PlannedFlow} from '../operations/flow-deploy.ts'
import type {Cell} from './output.ts'

export const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`

export const canaryFields = (canary: Canary): Record<string, Cell> => ({
  flow: canary.flow,
  release: `r${canary.version} (live is r${canary.live})`,
  share: `${percent(canary.share)} of new sessions`,
  state: [canary.state, canary.reason].filter(Boolean).join(': '),
  sessions: `${canary.sessions} begun, ${canary.ended} ended, ${canary.failed} failed (${percent(canary.error_rate)})`,
  abort_when: canary.abort_when === null ? undefined : `${canary.abort_when}, after ${canary.min_sessions} sessions`,
  started_at: canary.started_at,
  started_by: canary.started_by,
  ended_at: canary.ended_at ?? undefined,
})

/** The canary of a flow that is over when its plan is carried out, and how. */
export function endedCanary(
  {flow, action, to, canary}: PlannedFlow,
  base: Plan['base'],
): {version: number; state: 'promoted' | 'aborted'} | undefined {
  const version = base[flow]?.canary
  if (version === undefined || version === null || action === 'unchanged') return undefined
  if (to?.version !== version) return {version, state: 'aborted'}
  return canary === null ? {version, state: 'promoted'} : undefined
}

/** `The canary r2 of menu is aborted.` */
export const endedCanaries = ({flows, base}: Pick<Plan, 'flows' | 'base'>): string[] =>
  flows.flatMap((flow) => {
    const ended = endedCanary(flow, base)
    return ended ? [`The canary r${ended.version} of ${flow.flow} is ${ended.state}.`] : []
  })

/** `5%` or `0.05`. */
export function shareOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const [, number, sign] = /^(\d{1,3}(?:\.\d{1,4})?)(%?)$/.exec(text) ?? []
  const share = Number(number) / (sign === '%' ? 100 : 1)
  if (share > 0 && share < 1) return share
  throw new PytakeError('BAD_REQUEST', `--canary ${text}: write a share of new sessions such as 5%.`)
}
