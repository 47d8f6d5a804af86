import {boolean, string, url} from '@oclif/core/flags'
import {systemClock} from '../src/base/clock.ts'
import {PytakeError} from '../src/base/errors.ts'
import {systemRandom} from '../src/base/ids.ts'
import {secretOf} from '../src/cli/ask.ts'
import {PytakeCommand} from '../src/cli/command.ts'
import {openBrowser} from '../src/cli/open-browser.ts'
import {callUnknown, keepSession, serverOf} from '../src/cli/sign-in.ts'
import {untilStopped} from '../src/cli/until-stopped.ts'
import {login} from '../src/operations/auth.ts'
import type {Session} from '../src/operations/sign-in.ts'

export default class Login extends PytakeCommand {
  static override summary = 'Sign in to a server; commands act there from then on.'
  static override description =
    'Makes a context that holds the session; it is renewed by itself while it is used (within 7 days unless the server says ' +
    'otherwise) and ends with pytake logout. With --browser the sign-in of your company is used, where the server has one: ' +
    'the browser must be on this machine. For programs: pytake token create.'
  static override examples = [
    '<%= config.bin %> login --url https://pytake.example.com --email ana@example.com',
    '<%= config.bin %> login --url https://pytake.example.com --browser',
    '<%= config.bin %> login --email ana@example.com --password-file - < password.txt',
  ]
  static override flags = {
    url: url({summary: 'Address of the server, without /api/v1; that of the context in use unless told.'}),
    // The usage line of --help takes --email into what depends on it, so --browser is told apart from that as a whole.
    'password-file': string({
      summary: 'File with the password; - is standard input. Asked for when left out.',
      dependsOn: ['email'],
    }),
    email: string({summary: 'E-mail address of the user.', exclusive: ['browser']}),
    browser: boolean({summary: 'Single sign-on, in a browser, instead of a password.', exclusive: ['password-file']}),
    name: string({summary: 'Name of the context; the host of the server unless told.'}),
    production: boolean({summary: 'Changes there want --confirm with its name, or a saved plan.'}),
  }

  async run() {
    const {flags} = await this.parse(Login)
    const {email, 'password-file': file} = flags
    const server = serverOf(flags.url, (await this.where()).context)
    if (!server) throw new PytakeError('BAD_REQUEST', 'Which server? Give --url.')
    if (email === undefined && !flags.browser)
      throw new PytakeError('BAD_REQUEST', 'Who? Give --email, or --browser for single sign-on.')
    const session =
      email === undefined ? await this.#inBrowser(server.url) : await this.#withPassword(server.url, email, file)
    const shown = await keepSession(
      this.io,
      {...server, name: flags.name ?? server.name, production: flags.production},
      session,
    )
    this.show(shown, shown)
    this.done(`Signed in as ${shown.name}. Commands act on ${shown.context} now; back: pytake context use local`)
  }

  async #withPassword(server: string, email: string, file: string | undefined): Promise<Session> {
    const password = await secretOf(this.io, {file, question: `Password of ${email}`, flag: '--password-file'})
    return callUnknown(server, login, {email, password})
  }

  async #inBrowser(server: string): Promise<Session> {
    const {browserSignIn} = await import('../src/cli/browser-sign-in.ts')
    const over = new AbortController()
    const show = (address: string) => {
      this.say('Sign in in a browser on this machine, at')
      this.say(`  ${address}`)
      openBrowser(this.io, address)
    }
    let session: Session | undefined
    const signing = browserSignIn({
      ...{url: server, clock: systemClock, random: systemRandom, signal: over.signal, show},
    }).then((found) => void (session = found))
    const code = await untilStopped(async () => over.abort(), signing)
    return session ?? this.exit(code)
  }
}
