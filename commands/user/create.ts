import {boolean, string} from '@oclif/core/flags'
import {secretOf} from '../../src/cli/ask.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {roleFlag, userFields} from '../../src/cli/user-rows.ts'
import {createUser, inviteUser} from '../../src/operations/users.ts'

export default class UserCreate extends TenantCommand {
  static override summary = 'Create a user, or invite one who then chooses name and password.'
  static override examples = [
    '<%= config.bin %> user create --email ana@example.com --name "Ana Lima" --role agent --password-file -',
    '<%= config.bin %> user create --email ana@example.com --role agent --invite',
  ]
  static override flags = {
    email: string({summary: 'E-mail address to sign in with.', required: true}),
    name: string({summary: 'Name of the person; the account of the address unless told.'}),
    role: roleFlag({default: 'user'}),
    invite: boolean({summary: 'Make an invitation instead; by mail too where SMTP_URL is set.'}),
    'password-file': string({
      summary: 'File with the password; - is standard input. Asked for when left out.',
      exclusive: ['invite'],
    }),
    platform: boolean({summary: 'One who runs the platform, for every tenant.'}),
  }

  async run() {
    const {flags} = await this.parse(UserCreate)
    const {email, role, platform} = flags
    if (flags.invite) {
      const invitation = await this.call(inviteUser, {email, role, platform})
      this.show(invitation, {...invitation, mailed: invitation.mailed ? 'yes' : 'no'})
      return this.warning(
        'Keep the invitation now; it is not shown again. Redeemed with: pytake register --url URL --name NAME',
      )
    }
    const wanted = {file: flags['password-file'], question: `Password of ${email}`, flag: '--password-file'}
    const password = await secretOf(this.io, wanted)
    const name = flags.name ?? email.split('@')[0] ?? email
    const user = await this.call(createUser, {email, name, role, password, platform})
    this.show(user, userFields(user))
    this.done(`${user.name} can sign in: pytake login --url URL --email ${user.email}`)
  }
}
