import {string} from '@oclif/core/args'
import {boolean} from '@oclif/core/flags'
import {yesFlag} from '../../src/cli/flags.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {userFields} from '../../src/cli/user-rows.ts'
import {disableUser} from '../../src/operations/users.ts'

export default class UserDisable extends TenantCommand {
  static override summary = 'Disable a user: sessions end, nobody signs in as them.'
  static override args = {user: string({description: 'Id, e-mail address or name.', required: true})}
  static override flags = {platform: boolean({summary: 'One who runs the platform.'}), ...yesFlag}

  async run() {
    const {args, flags} = await this.parse(UserDisable)
    await this.confirm(`Disable user ${args.user}? They are signed out everywhere.`, flags.yes)
    const user = await this.call(disableUser, {id: args.user, platform: flags.platform})
    this.show(user, userFields(user))
    this.done(`User ${user.name} is disabled. Servers follow within five seconds.`)
  }
}
