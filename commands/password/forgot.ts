import {string, url} from '@oclif/core/flags'
import {PytakeError} from '../../src/base/errors.ts'
import {PytakeCommand} from '../../src/cli/command.ts'
import {callUnknown, serverOf} from '../../src/cli/sign-in.ts'
import {forgotPassword} from '../../src/operations/join.ts'

export default class PasswordForgot extends PytakeCommand {
  static override summary = 'Ask for a one-time token by mail, to set a new password with.'
  static override description =
    'The answer is the same whether or not there is such a user. Where a server sends no mail, an operator makes the token: ' +
    'pytake user reset-password.'
  static override examples = [
    '<%= config.bin %> password forgot --url https://pytake.example.com --email ana@example.com',
  ]
  static override flags = {
    url: url({summary: 'Address of the server, without /api/v1; that of the context in use unless told.'}),
    email: string({summary: 'E-mail address of the user.', required: true}),
  }

  async run() {
    const {flags} = await this.parse(PasswordForgot)
    const {email} = flags
    const server = serverOf(flags.url, (await this.where()).context)
    if (!server) {
      throw new PytakeError('BAD_REQUEST', 'Only a server sends mail. Give --url.', {
        help: `Here, without mail: pytake user reset-password ${email}`,
      })
    }
    const answer = await callUnknown(server.url, forgotPassword, {email})
    this.show(answer, answer)
    this.done('With the token: pytake password reset --token-file FILE')
  }
}
