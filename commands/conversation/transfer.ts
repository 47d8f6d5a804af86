import {string} from '@oclif/core/args'
import {string as text} from '@oclif/core/flags'
import {conversationFields} from '../../src/cli/conversation-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {transferConversation} from '../../src/operations/conversations.ts'

export default class ConversationTransfer extends TenantCommand {
  static override summary = 'Hand a conversation over to a queue or a person. The bot is silent until it is given back.'
  static override args = {conversation: string({description: 'Id of the conversation.', required: true})}
  static override flags = {
    queue: text({summary: 'Queue that takes it.'}),
    user: text({summary: 'Person who should take it.'}),
    note: text({summary: 'What they should know.'}),
  }

  async run() {
    const {args, flags} = await this.parse(ConversationTransfer)
    const {queue, user, note} = flags
    const conversation = await this.call(transferConversation, {id: args.conversation, queue, user, note})
    this.show(conversation, conversationFields(conversation))
    this.done('It waits for a person.')
  }
}
