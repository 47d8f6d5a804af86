import type {AuditEntry} from '../operations/audit.ts'
import type {Columns} from './output.ts'

export const auditColumns: Columns<AuditEntry> = {
  at: ({at}) => at,
  principal: ({principal}) => principal,
  action: ({action}) => action,
  resource_id: ({resource_id: id}) => id,
  origin: ({origin}) => origin,
  after: ({after}) => (after === null || after === undefined ? null : JSON.stringify(after)),
}
