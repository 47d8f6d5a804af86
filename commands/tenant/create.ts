import {option, string} from '@oclif/core/flags'
import {PytakeCommand} from '../../src/cli/command.ts'
import {tenantFields, tenantFlags, tenantInput} from '../../src/cli/tenant-rows.ts'
import {createTenantOperation} from '../../src/operations/tenants.ts'

export default class TenantCreate extends PytakeCommand {
  static override summary = 'Create a tenant with a database of its own.'
  static override examples = [
    '<%= config.bin %> tenant create --name "Empresa XYZ"',
    '<%= config.bin %> tenant create --name "Empresa XYZ" --plan growth --limit messages_per_month=50000',
  ]
  static override flags = {
    name: string({summary: 'Name of the company.', required: true}),
    plan: option({
      options: ['starter', 'growth', 'enterprise'] as const,
      summary: 'Plan; enterprise (no limits) unless told.',
    })(),
    ...tenantFlags,
  }

  async run() {
    const {flags} = await this.parse(TenantCreate)
    const {name, plan} = flags
    const tenant = await this.call(createTenantOperation, {name, plan, ...tenantInput(flags)})
    this.show(tenant, tenantFields(tenant))
    this.done(`Tenant ${tenant.name} is ready. Next: pytake whatsapp add --tenant ${tenant.id} --help`)
  }
}
