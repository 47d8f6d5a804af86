import {string, url} from '@oclif/core/flags'
import {PytakeError} from '../src/base/errors.ts'
import {secretOf} from '../src/cli/ask.ts'
import {PytakeCommand} from '../src/cli/command.ts'
import {callUnknown, keepSession, serverOf} from '../src/cli/sign-in.ts'
import {login} from '../src/operations/auth.ts'

export default class Login extends PytakeCommand {
  static override summary = 'Sign in to a server with e-mail and password; commands act there from then on.'
  static override description =
    'Makes a context that holds the session; it is renewed by itself while it is used (within 7 days unless the server says ' +
    'otherwise) and ends with pytake logout. For programs: pytake token create.'
  static override examples = [
    '<%= config.bin %> login --url https://pytake.example.com --email ana@example.com',
    '<%= config.bin %> login --email ana@example.com --password-file - < password.txt',
  ]
  static override flags = {
    url: url({summary: 'Address of the server, without /api/v1; that of the context in use unless told.'}),
    email: string({summary: 'E-mail address of the user.', required: true}),
    'password-file': string({summary: 'File with the password; - is standard input. Asked for when left out.'}),
    name: string({summary: 'Name of the context; the host of the server unless told.'}),
  }

  async run() {
    const {flags} = await this.parse(Login)
    const {context} = await this.where()
    const server = serverOf(flags.url, context)
    if (!server) throw new PytakeError('BAD_REQUEST', 'Which server? Give --url.')
    const {email, 'password-file': file} = flags
    const password = await secretOf(this.io, {file, question: `Password of ${email}`, flag: '--password-file'})
    const session = await callUnknown(server.url, login, {email, password})
    const shown = await keepSession(this.io, {...server, name: flags.name ?? server.name}, session)
    this.show(shown, shown)
    this.done(`Signed in as ${shown.name}. Commands act on ${shown.context} now; back: pytake context use local`)
  }
}
