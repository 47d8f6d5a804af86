import {boolean, integer, string} from '@oclif/core/flags'
import {auditColumns} from '../src/cli/audit-rows.ts'
import {given} from '../src/cli/flags.ts'
import {TenantCommand} from '../src/cli/tenant-command.ts'
import {listAudit} from '../src/operations/audit.ts'

export default class Audit extends TenantCommand {
  static override summary = 'Show who changed what, and who read what belongs to a person.'
  static override examples = [
    '<%= config.bin %> audit --action contacts. --since 2026-11-01T00:00:00Z',
    '<%= config.bin %> audit --principal cli:ana --json',
  ]
  static override flags = {
    principal: string({summary: 'Only by this one: cli:ana, user:ID, token:ID.'}),
    action: string({summary: 'Only this action, e.g. contacts.edit; contacts. for all that begin so.'}),
    resource: string({summary: 'Only on this one, by id.'}),
    since: string({summary: 'Not before this time (ISO 8601).'}),
    until: string({summary: 'Before this time (ISO 8601).'}),
    platform: boolean({summary: 'What concerns no tenant.'}),
    limit: integer({summary: 'Rows to show, 20 unless told; 1,000 at most.', min: 1, max: 1000}),
    after: string({summary: 'Cursor of the page before ("after" in --json).'}),
  }

  async run() {
    const {flags} = await this.parse(Audit)
    const {principal, action, resource, since, until, platform, limit, after} = flags
    const input = given({principal, action, resource, since, until, platform, limit, after})
    await this.list(await this.call(listAudit, input ?? {}), auditColumns)
  }
}
