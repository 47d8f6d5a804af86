import {boolean} from '@oclif/core/flags'
import {PytakeError} from '../src/base/errors.ts'
import {PytakeCommand} from '../src/cli/command.ts'
import {forgetSession} from '../src/cli/sign-in.ts'
import {logout} from '../src/operations/auth.ts'

export default class Logout extends PytakeCommand {
  static override summary = 'Sign out of a server: ends the session there and forgets its tokens here.'
  static override description =
    'The context stays, so that "pytake login" finds its way back. A server that cannot be reached ends nothing; ' +
    'to forget the tokens all the same: pytake context remove.'
  static override examples = ['<%= config.bin %> logout', '<%= config.bin %> logout --everywhere']
  static override flags = {
    everywhere: boolean({summary: 'End all sessions of the user, those of other machines too.', default: false}),
  }

  async run() {
    const {flags} = await this.parse(Logout)
    const {context} = await this.where()
    if (context.kind !== 'remote') {
      throw new PytakeError('BAD_REQUEST', `Nobody is signed in on context ${context.name}.`, {
        help: 'pytake logout --context NAME',
      })
    }
    const ended = await this.#end(flags.everywhere)
    await forgetSession(this.io, context.name)
    const shown = {context: context.name, url: context.url, ended, everywhere: flags.everywhere}
    this.show(shown, {...shown, ended: ended ? 'yes' : 'it was over', everywhere: flags.everywhere ? 'yes' : 'no'})
    this.done(`Signed out of ${context.name}. Back: pytake login --context ${context.name} --email ADDRESS`)
  }

  /** False when there was no session any more: then there are only tokens to forget. */
  async #end(everywhere: boolean): Promise<boolean> {
    try {
      return (await this.call(logout, {everywhere})).ended
    } catch (error) {
      if (error instanceof PytakeError && error.code === 'UNAUTHORIZED') return false
      throw error
    }
  }
}
