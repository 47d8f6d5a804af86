import {string} from '@oclif/core/args'
import {messageFields} from '../../src/cli/message-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {cancelMessage} from '../../src/operations/messages.ts'

export default class MessageCancel extends TenantCommand {
  static override summary = 'Take a message out of the queue before it is sent.'
  static override args = {message: string({description: 'Id of the message.', required: true})}

  async run() {
    const {args} = await this.parse(MessageCancel)
    const message = await this.call(cancelMessage, {id: args.message})
    this.show(message, messageFields(message))
    this.done('The message is cancelled.')
  }
}
