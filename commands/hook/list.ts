import {listFlags, listInputOf} from '../../src/cli/flags.ts'
import {hookColumns} from '../../src/cli/hook-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {listHooks} from '../../src/operations/hooks.ts'

export default class HookList extends TenantCommand {
  static override summary = 'List hooks: systems that are told what happens.'
  static override flags = listFlags

  async run() {
    const {flags} = await this.parse(HookList)
    await this.list(await this.call(listHooks, listInputOf(flags)), hookColumns)
  }
}
