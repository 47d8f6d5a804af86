import {string} from '@oclif/core/args'
import {boolean} from '@oclif/core/flags'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {userFields} from '../../src/cli/user-rows.ts'
import {showUser} from '../../src/operations/users.ts'

export default class UserShow extends TenantCommand {
  static override summary = 'Show a user.'
  static override args = {user: string({description: 'Id, e-mail address or name.', required: true})}
  static override flags = {platform: boolean({summary: 'One who runs the platform.'})}

  async run() {
    const {args, flags} = await this.parse(UserShow)
    const user = await this.call(showUser, {id: args.user, platform: flags.platform})
    this.show(user, userFields(user))
  }
}
