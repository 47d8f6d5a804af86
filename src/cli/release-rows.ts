import type {HistoryRow} from '../operations/flow-releases.ts'
import type {FlowDetails} from '../operations/flows.ts'
import {flowFields} from './flow-rows.ts'
import type {Cell, Columns} from './output.ts'

const SHORT = 12

export const historyColumns: Columns<HistoryRow> = {
  release: ({version}) => `r${version}`,
  state: ({live}) => (live ? 'live' : ''),
  people: ({people}) => people,
  published_at: ({created_at: at}) => at,
  author: ({author}) => author,
  commit: ({commit}) => commit?.slice(0, SHORT),
  hash: ({release}) => release.slice(0, SHORT),
  note: ({note, ci_url: ci}) => [note, ci].filter(Boolean).join(' '),
}

/** A flow, and the release that was asked for. */
export function releaseFields(flow: FlowDetails): Record<string, Cell> {
  const {shown} = flow
  const isLive = flow.is_active && shown.version === flow.version
  const live = isLive || !flow.is_active ? '' : ` (live is r${flow.version})`
  const {nodes, edges} = flow.definition as {nodes: unknown[]; edges: unknown[]}
  return {
    ...flowFields(flow),
    release: `r${shown.version} ${shown.release.slice(0, SHORT)}${live}`,
    nodes: nodes.length,
    edges: edges.length,
    published_at: shown.created_at,
    author: shown.author,
    commit: shown.commit ?? undefined,
    ci: shown.ci_url ?? undefined,
    note: shown.note ?? undefined,
  }
}
