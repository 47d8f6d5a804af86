import {string} from '@oclif/core/args'
import {boolean} from '@oclif/core/flags'
import {yesFlag} from '../../src/cli/flags.ts'
import {SendingCommand} from '../../src/cli/sending-command.ts'
import {resendMessage, showMessage} from '../../src/operations/messages.ts'

export default class MessageResend extends SendingCommand {
  static override summary = 'Send a message again that failed, expired or was cancelled, or whose outcome is unknown.'
  static override args = {message: string({description: 'Id of the message.', required: true})}
  static override flags = {
    wait: boolean({summary: 'Wait for the outcome.', default: true, allowNo: true}),
    ...yesFlag,
  }

  async run() {
    const {args, flags} = await this.parse(MessageResend)
    const {id, status, content} = await this.call(showMessage, {id: args.message})
    const risk = status === 'unknown' ? ' The customer may have got it already.' : ''
    await this.confirm(`Send "${content ?? ''}" again?${risk}`, flags.yes)
    await this.report(await this.call(resendMessage, {id}), flags.wait)
  }
}
