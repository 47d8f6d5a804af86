import type {HistoryRow} from '../operations/flow-releases.ts'
import type {FlowDetails} from '../operations/flows.ts'
import {percent} from './canary-rows.ts'
import {flowFields} from './flow-rows.ts'
import type {Cell, Columns} from './output.ts'

const SHORT = 12
const SHORT_COMMIT = 7

export const historyColumns: Columns<HistoryRow> = {
  release: ({version}) => `r${version}`,
  state: ({live, canary}) => (live ? 'live' : canary === null ? '' : `canary ${percent(canary)}`),
  people: ({people}) => people,
  published: ({created_at: at}) => at.slice(0, 16).replace('T', ' '),
  by: ({author}) => author,
  commit: ({commit}) => commit?.slice(0, SHORT_COMMIT),
  note: ({note}) => note,
}

/** A flow, the release that was asked for, and the draft that waits. */
export function releaseFields(flow: FlowDetails): Record<string, Cell> {
  const {shown} = flow
  if (!shown) return {...flowFields(flow), ...draftFields(flow)}
  const isCurrent = shown.version === flow.version
  const live = isCurrent || !flow.is_active ? '' : ` (live is r${flow.version})`
  const {nodes, edges} = flow.definition as {nodes: unknown[]; edges: unknown[]}
  return {
    ...flowFields(flow),
    release: `r${shown.version} ${shown.release.slice(0, SHORT)}${live}`,
    ...(isCurrent ? {} : {state: stateOfOther(flow, shown.version)}),
    nodes: nodes.length,
    edges: edges.length,
    published_at: shown.created_at,
    author: shown.author,
    commit: shown.commit ?? undefined,
    ci: shown.ci_url ?? undefined,
    note: shown.note ?? undefined,
    ...draftFields(flow),
  }
}

/** Of a release that is not the last one to be live. */
const stateOfOther = ({canary}: FlowDetails, version: number): string =>
  canary?.version === version ? `canary ${percent(canary.share)}` : 'not live'

function draftFields({draft, version}: FlowDetails): Record<string, Cell> {
  if (!draft) return {}
  const {author, updated_at: at, base_version: base, warnings} = draft
  const on = base === version ? '' : `, made ${base === 0 ? 'before the first release' : `on r${base}`}`
  return {
    draft: `saved ${at} by ${author}${on}`,
    ...(warnings.length === 0 ? {} : {warnings: warnings.map(({rule}) => rule).join(', ')}),
  }
}
