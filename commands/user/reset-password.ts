import {string} from '@oclif/core/args'
import {boolean} from '@oclif/core/flags'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {resetUserPassword} from '../../src/operations/users.ts'

export default class UserResetPassword extends TenantCommand {
  static override summary = 'Make a one-time token with which a user sets a new password.'
  static override description =
    'The token goes out by mail too where SMTP_URL is set. It is used with pytake password reset or POST /api/v1/auth/reset-password, within an hour.'
  static override args = {user: string({description: 'Id, e-mail address or name.', required: true})}
  static override flags = {platform: boolean({summary: 'One who runs the platform.'})}

  async run() {
    const {args, flags} = await this.parse(UserResetPassword)
    const reset = await this.call(resetUserPassword, {id: args.user, platform: flags.platform})
    this.show(reset, {...reset, mailed: reset.mailed ? 'yes' : 'no'})
    this.warning('Hand the token to that person only; it is not shown again.')
  }
}
