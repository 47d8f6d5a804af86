import {string} from '@oclif/core/args'
import {PytakeCommand} from '../../src/cli/command.ts'
import {tenantFields} from '../../src/cli/tenant-rows.ts'
import {resumeTenant} from '../../src/operations/tenants.ts'

export default class TenantResume extends PytakeCommand {
  static override summary = 'Take a suspended tenant up again.'
  static override args = {tenant: string({description: 'Id, domain or name.', required: true})}

  async run() {
    const {args} = await this.parse(TenantResume)
    const tenant = await this.call(resumeTenant, {id: args.tenant})
    this.show(tenant, tenantFields(tenant))
    this.done(`Tenant ${tenant.name} is active.`)
  }
}
