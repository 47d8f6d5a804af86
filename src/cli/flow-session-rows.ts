import type {FlowSession, FlowSessionDetails} from '../operations/flow-sessions.ts'
import type {Cell, Columns} from './output.ts'

export const flowSessionColumns: Columns<FlowSession> = {
  id: ({id}) => id,
  contact: personOf,
  flow: ({flow, version}) => (flow === null ? '' : `${flow} r${version}`),
  node: ({node}) => node,
  status: ({status}) => status,
  started_at: ({started_at: at}) => at,
}

export const flowSessionFields = (session: FlowSessionDetails): Record<string, Cell> => ({
  id: session.id,
  contact: personOf(session),
  conversation: session.conversation_id,
  flow: session.flow === null ? '' : `${session.flow} r${session.version}`,
  called_by: session.callers.length === 0 ? undefined : session.callers.join(' › '),
  node: session.node,
  status: session.status,
  started_at: session.started_at,
  due_at: session.due_at,
  expires_at: session.expires_at,
  completed_at: session.completed_at ?? undefined,
  ...Object.fromEntries(Object.entries(session.vars).map(([name, value]) => [`vars.${name}`, JSON.stringify(value)])),
})

function personOf({contact_name: name, contact_phone: phone}: FlowSession): string {
  return name ?? phone ?? ''
}
