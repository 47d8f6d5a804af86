import {string} from '@oclif/core/args'
import {PytakeCommand} from '../../src/cli/command.ts'
import {yesFlag} from '../../src/cli/flags.ts'
import {removeTenantOperation, showTenant} from '../../src/operations/tenants.ts'

export default class TenantRemove extends PytakeCommand {
  static override summary = 'Remove a tenant. Its data is put aside at once and dropped after 30 days.'
  static override args = {tenant: string({description: 'Id, domain or name.', required: true})}
  static override flags = {...yesFlag}

  async run() {
    const {args, flags} = await this.parse(TenantRemove)
    const {id, name} = await this.call(showTenant, {id: args.tenant})
    await this.confirm(`Remove tenant ${name} (${id}) with everything in it?`, flags.yes)
    await this.call(removeTenantOperation, {id})
    this.show({id, removed: true}, {id})
    this.done(`Tenant ${name} is removed. Its data is kept for 30 days.`)
  }
}
