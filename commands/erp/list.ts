import {listFlags, listInputOf} from '../../src/cli/flags.ts'
import {connectionColumns} from '../../src/cli/erp-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {listErpConnections} from '../../src/operations/erp-connections.ts'

export default class ErpList extends TenantCommand {
  static override summary = 'List ERP connections.'
  static override flags = {...listFlags}

  async run() {
    const {flags} = await this.parse(ErpList)
    await this.list(await this.call(listErpConnections, listInputOf(flags)), connectionColumns)
  }
}
