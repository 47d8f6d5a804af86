import {string, url} from '@oclif/core/flags'
import {newPassword, refuseTwoFromStdin, secretOf} from '../../src/cli/ask.ts'
import {PytakeCommand} from '../../src/cli/command.ts'
import {callUnknown, serverOf} from '../../src/cli/sign-in.ts'
import {userFields} from '../../src/cli/user-rows.ts'
import {resetPassword} from '../../src/operations/join.ts'

export default class PasswordReset extends PytakeCommand {
  static override summary = 'Set a new password with a one-time token. Every session of the user ends.'
  static override examples = [
    '<%= config.bin %> password reset --url https://pytake.example.com',
    '<%= config.bin %> password reset --token-file token.txt --password-file - < password.txt',
  ]
  static override flags = {
    url: url({summary: 'Address of the server, without /api/v1; that of the context in use unless told.'}),
    'token-file': string({summary: 'File with the token; - is standard input. Asked for when left out.'}),
    'password-file': string({summary: 'File with the password; - is standard input. Asked for when left out.'}),
  }

  async run() {
    const {flags} = await this.parse(PasswordReset)
    const {'token-file': file, 'password-file': passwordFile} = flags
    refuseTwoFromStdin({'--token-file': file, '--password-file': passwordFile})
    const token = (await secretOf(this.io, {file, question: 'One-time token', flag: '--token-file'})).trim()
    const password = await newPassword(this.io, passwordFile)
    const server = serverOf(flags.url, (await this.where()).context)
    const user = await (server
      ? callUnknown(server.url, resetPassword, {token, password})
      : this.call(resetPassword, {token, password}))
    this.show(user, userFields(user))
    this.done(`The password of ${user.email} is set. Sign in: pytake login --email ${user.email}`)
  }
}
