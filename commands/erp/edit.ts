import {string} from '@oclif/core/args'
import {string as text} from '@oclif/core/flags'
import {erpFlags, erpInput} from '../../src/cli/erp-flags.ts'
import {connectionFields} from '../../src/cli/erp-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {editErpConnection} from '../../src/operations/erp-connections.ts'

export default class ErpEdit extends TenantCommand {
  static override summary = 'Change an ERP connection. What is left out stays.'
  static override examples = ['<%= config.bin %> erp edit ixc --setting ticket_subject=5 --sync --sync-interval 3600']
  static override args = {name: string({description: 'Id or name.', required: true})}
  static override flags = {
    name: text({summary: 'New name.'}),
    url: text({summary: 'New base address.'}),
    ...erpFlags,
  }

  async run() {
    const {args, flags} = await this.parse(ErpEdit)
    const given = await erpInput(this.io, flags)
    const one = await this.call(editErpConnection, {id: args.name, name: flags.name, api_url: flags.url, ...given})
    this.show(one, connectionFields(one))
    this.done(`${one.name} is changed.`)
  }
}
