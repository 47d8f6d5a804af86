import {string} from '@oclif/core/args'
import {option, string as text} from '@oclif/core/flags'
import {PytakeCommand} from '../../src/cli/command.ts'
import {tenantFields, tenantFlags, tenantInput} from '../../src/cli/tenant-rows.ts'
import {editTenantOperation, upgradeTenant} from '../../src/operations/tenants.ts'

export default class TenantEdit extends PytakeCommand {
  static override summary = 'Change a tenant: name, domain, limits, settings, plan.'
  static override description = 'A plan that is smaller than what the tenant uses is refused.'
  static override args = {tenant: string({description: 'Id, domain or name.', required: true})}
  static override flags = {
    name: text({summary: 'New name.'}),
    plan: option({options: ['starter', 'growth', 'enterprise'] as const, summary: 'Plan; sets its limits.'})(),
    ...tenantFlags,
  }

  async run() {
    const {args, flags} = await this.parse(TenantEdit)
    if (flags.plan) await this.call(upgradeTenant, {id: args.tenant, plan: flags.plan})
    const tenant = await this.call(editTenantOperation, {id: args.tenant, name: flags.name, ...tenantInput(flags)})
    this.show(tenant, tenantFields(tenant))
    this.done(`Tenant ${tenant.name} is changed.`)
  }
}
