import {string} from '@oclif/core/args'
import {PytakeCommand} from '../../src/cli/command.ts'
import {yesFlag} from '../../src/cli/flags.ts'
import {tenantFields} from '../../src/cli/tenant-rows.ts'
import {suspendTenant} from '../../src/operations/tenants.ts'

export default class TenantSuspend extends PytakeCommand {
  static override summary = 'Suspend a tenant: webhooks are stored, nothing is sent, its tokens are refused.'
  static override args = {tenant: string({description: 'Id, domain or name.', required: true})}
  static override flags = {...yesFlag}

  async run() {
    const {args, flags} = await this.parse(TenantSuspend)
    await this.confirm(`Suspend tenant ${args.tenant}?`, flags.yes)
    const tenant = await this.call(suspendTenant, {id: args.tenant})
    this.show(tenant, tenantFields(tenant))
    this.done(`Tenant ${tenant.name} is suspended. Take it up again: pytake tenant resume ${tenant.id}`)
  }
}
