import {option, string} from '@oclif/core/flags'
import {conversationColumns} from '../../src/cli/conversation-rows.ts'
import {conversationStatuses} from '../../src/base/statuses.ts'
import {listFlags, listInputOf} from '../../src/cli/flags.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {listConversations} from '../../src/operations/conversations.ts'

export default class ConversationList extends TenantCommand {
  static override summary = 'List conversations, those with the newest message first.'
  static override flags = {
    status: option({
      options: conversationStatuses,
      summary: 'Only this status.',
    })(),
    holder: option({options: ['bot', 'human', 'phone'] as const, summary: 'Only those that this one answers.'})(),
    contact: string({summary: 'Only with this contact: id, telephone number or name.'}),
    config: string({summary: 'Only of this number: id or name.'}),
    tag: string({summary: 'Only with this tag.'}),
    'assigned-to': string({summary: 'Only of this person.'}),
    ...listFlags,
  }

  async run() {
    const {flags} = await this.parse(ConversationList)
    const {status, holder, contact, config, tag, 'assigned-to': assignedTo} = flags
    const filters = {status, holder, contact, config, tag, assigned_to: assignedTo}
    await this.list(await this.call(listConversations, {...filters, ...listInputOf(flags)}), conversationColumns)
  }
}
