import {option} from '@oclif/core/flags'
import {PytakeCommand} from '../../src/cli/command.ts'
import {listFlags, listInputOf} from '../../src/cli/flags.ts'
import {tenantColumns} from '../../src/cli/tenant-rows.ts'
import {listTenants} from '../../src/operations/tenants.ts'

export default class TenantList extends PytakeCommand {
  static override summary = 'List tenants.'
  static override flags = {
    plan: option({options: ['starter', 'growth', 'enterprise'] as const, summary: 'Only this plan.'})(),
    status: option({options: ['active', 'suspended', 'cancelled'] as const, summary: 'Only this billing status.'})(),
    ...listFlags,
  }

  async run() {
    const {flags} = await this.parse(TenantList)
    const {plan, status} = flags
    await this.list(await this.call(listTenants, {plan, status, ...listInputOf(flags)}), tenantColumns)
  }
}
