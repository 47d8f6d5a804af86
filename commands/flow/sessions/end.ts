import {string} from '@oclif/core/flags'
import {RedirectCommand, whomArgs, whomFlags} from '../../../src/cli/redirect-command.ts'

export default class FlowSessionsEnd extends RedirectCommand {
  static override summary = 'End the sessions of people who are inside a flow, with a last message if you like.'
  static override strict = false
  static override args = whomArgs
  static override flags = {text: string({summary: 'Tell them; may use {{contact.name}} and the like.'}), ...whomFlags}

  async run() {
    const {argv, flags} = await this.parse(FlowSessionsEnd)
    await this.redirect(argv as string[], flags, flags.text === undefined ? 'end' : {end: flags.text}, 'End')
  }
}
