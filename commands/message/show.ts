import {string} from '@oclif/core/args'
import {messageFields} from '../../src/cli/message-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {showMessage} from '../../src/operations/messages.ts'

export default class MessageShow extends TenantCommand {
  static override summary = 'Show a message.'
  static override args = {message: string({description: "Our id, or WhatsApp's.", required: true})}

  async run() {
    const {args} = await this.parse(MessageShow)
    const message = await this.call(showMessage, {id: args.message})
    this.show(message, messageFields(message))
  }
}
