import {string, url} from '@oclif/core/flags'
import {newPassword, refuseTwoFromStdin, secretOf} from '../src/cli/ask.ts'
import {PytakeCommand} from '../src/cli/command.ts'
import {refuseTakenContext} from '../src/cli/contexts.ts'
import {callUnknown, keepSession, serverOf} from '../src/cli/sign-in.ts'
import {userFields} from '../src/cli/user-rows.ts'
import {register} from '../src/operations/join.ts'

export default class Register extends PytakeCommand {
  static override summary =
    'Become a user: with an invitation, or with a company of your own where registration is open.'
  static override description =
    'Signs in at once, as pytake login does. Without --url the user is made on the context in use; on this machine’s ' +
    'data nobody is signed in.'
  static override examples = [
    '<%= config.bin %> register --url https://pytake.example.com --name "Ana Lima" --invitation-file invitation.txt',
    '<%= config.bin %> register --url https://pytake.example.com --name "Ana Lima" --email ana@example.com --company "Loja da Ana"',
  ]
  static override flags = {
    url: url({summary: 'Address of the server, without /api/v1.'}),
    name: string({summary: 'Your name.', required: true}),
    'invitation-file': string({
      summary: 'File with the invitation; - is standard input. Asked for when left out.',
      exclusive: ['email', 'company'],
    }),
    'password-file': string({summary: 'File with the password; - is standard input. Asked for when left out.'}),
    email: string({summary: 'Without an invitation: your e-mail address.', dependsOn: ['company']}),
    company: string({summary: 'Without an invitation: name of the company.', dependsOn: ['email']}),
    'context-name': string({summary: 'Name of the context that is made; the host of the server unless told.'}),
  }

  async run() {
    const {flags} = await this.parse(Register)
    const {context} = await this.where()
    const server = serverOf(flags.url, context)
    const name = flags['context-name'] ?? server?.name
    // Asked before anything is done: an invitation is good once.
    if (server && name !== undefined) refuseTakenContext(this.io.env, name)
    const invitationFile = flags['invitation-file']
    refuseTwoFromStdin({'--invitation-file': invitationFile, '--password-file': flags['password-file']})
    const wanted = {file: invitationFile, question: 'Invitation', flag: '--invitation-file'}
    const invitation = flags.email === undefined ? (await secretOf(this.io, wanted)).trim() : undefined
    const password = await newPassword(this.io, flags['password-file'])
    const input = {invitation, name: flags.name, password, email: flags.email, company: flags.company}
    if (!server || name === undefined) {
      const {user} = await this.call(register, input)
      this.show(user, userFields(user))
      return this.done(`${user.name} can sign in: pytake login --url URL --email ${user.email}`)
    }
    const session = await callUnknown(server.url, register, input)
    const shown = await keepSession(this.io, {url: server.url, name}, session)
    this.show(shown, shown)
    this.done(`Welcome, ${shown.name}. Commands act on ${name} now; back: pytake context use local`)
  }
}
