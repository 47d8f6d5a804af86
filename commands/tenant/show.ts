import {string} from '@oclif/core/args'
import {PytakeCommand} from '../../src/cli/command.ts'
import {tenantFields} from '../../src/cli/tenant-rows.ts'
import {showTenant} from '../../src/operations/tenants.ts'

export default class TenantShow extends PytakeCommand {
  static override summary = 'Show a tenant.'
  static override args = {tenant: string({description: 'Id, domain or name.', required: true})}

  async run() {
    const {args} = await this.parse(TenantShow)
    const tenant = await this.call(showTenant, {id: args.tenant})
    this.show(tenant, tenantFields(tenant))
  }
}
