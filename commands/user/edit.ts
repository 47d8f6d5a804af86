import {string} from '@oclif/core/args'
import {boolean, string as text} from '@oclif/core/flags'
import {PytakeError} from '../../src/base/errors.ts'
import {given} from '../../src/cli/flags.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {roleFlag, userFields} from '../../src/cli/user-rows.ts'
import {editUser, enableUser} from '../../src/operations/users.ts'

export default class UserEdit extends TenantCommand {
  static override summary = 'Change name, e-mail address or role of a user, or let a disabled one in again.'
  static override examples = ['<%= config.bin %> user edit ana@example.com --role viewer']
  static override args = {user: string({description: 'Id, e-mail address or name.', required: true})}
  static override flags = {
    name: text({summary: 'Name of the person.'}),
    email: text({summary: 'E-mail address to sign in with.'}),
    role: roleFlag(),
    enable: boolean({summary: 'Let a disabled user in again.'}),
    platform: boolean({summary: 'One who runs the platform.'}),
  }

  async run() {
    const {args, flags} = await this.parse(UserEdit)
    const {platform} = flags
    const change = given({name: flags.name, email: flags.email, role: flags.role})
    if (!change && !flags.enable) {
      throw new PytakeError('BAD_REQUEST', 'Nothing to change.', {help: 'pytake user edit --help'})
    }
    let user = change && (await this.call(editUser, {id: args.user, platform, ...change}))
    if (flags.enable) user = await this.call(enableUser, {id: user?.id ?? args.user, platform})
    if (!user) return
    this.show(user, userFields(user))
    this.done(`User ${user.name} is changed.`)
  }
}
