import {boolean} from '@oclif/core/flags'
import {given, listFlags, listInputOf} from '../../src/cli/flags.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {roleFlag, userColumns} from '../../src/cli/user-rows.ts'
import {listUsers} from '../../src/operations/users.ts'

export default class UserList extends TenantCommand {
  static override summary = 'List users.'
  static override flags = {
    role: roleFlag(),
    platform: boolean({summary: 'Those who run the platform.'}),
    ...listFlags,
  }

  async run() {
    const {flags} = await this.parse(UserList)
    const input = {...given({role: flags.role}), platform: flags.platform, ...listInputOf(flags)}
    await this.list(await this.call(listUsers, input), userColumns)
  }
}
