import {string} from '@oclif/core/args'
import {yesFlag} from '../../src/cli/flags.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {removeErpConnection, showErpConnection} from '../../src/operations/erp-connections.ts'

export default class ErpRemove extends TenantCommand {
  static override summary = 'Remove an ERP connection with its secrets. Contacts keep what they were told.'
  static override args = {name: string({description: 'Id or name.', required: true})}
  static override flags = {...yesFlag}

  async run() {
    const {args, flags} = await this.parse(ErpRemove)
    const {id, name} = await this.call(showErpConnection, {id: args.name})
    await this.confirm(`Remove ${name} with its secrets?`, flags.yes)
    await this.call(removeErpConnection, {id})
    this.show({id, removed: true}, {id})
    this.done(`${name} is removed.`)
  }
}
