import {option, string} from '@oclif/core/flags'
import {messageStatuses} from '../../src/base/statuses.ts'
import {listFlags, listInputOf} from '../../src/cli/flags.ts'
import {messageColumns} from '../../src/cli/message-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {listMessages} from '../../src/operations/messages.ts'

export default class MessageList extends TenantCommand {
  static override summary = 'List messages, in and out, newest first.'
  static override flags = {
    status: option({options: messageStatuses, summary: 'Only this status.'})(),
    direction: option({options: ['inbound', 'outbound'] as const, summary: 'Only this direction.'})(),
    conversation: string({summary: 'Only this conversation.'}),
    contact: string({summary: 'Only with this contact: id, telephone number or name.'}),
    config: string({summary: 'Only of this number: id or name.'}),
    type: string({summary: 'Only this type, e.g. text, image.'}),
    ...listFlags,
  }

  async run() {
    const {flags} = await this.parse(MessageList)
    const {status, direction, conversation, contact, config, type} = flags
    const filters = {status, direction, conversation_id: conversation, contact, config, type}
    await this.list(await this.call(listMessages, {...filters, ...listInputOf(flags)}), messageColumns)
  }
}
