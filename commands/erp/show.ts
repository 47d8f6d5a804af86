import {string} from '@oclif/core/args'
import {connectionFields} from '../../src/cli/erp-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {showErpConnection} from '../../src/operations/erp-connections.ts'

export default class ErpShow extends TenantCommand {
  static override summary = 'Show an ERP connection, and what its last sync did.'
  static override args = {name: string({description: 'Id or name.', required: true})}

  async run() {
    const {args} = await this.parse(ErpShow)
    const one = await this.call(showErpConnection, {id: args.name})
    this.show(one, connectionFields(one))
  }
}
