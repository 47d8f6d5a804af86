import {string} from '@oclif/core/args'
import {conversationFields} from '../../src/cli/conversation-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {showConversation} from '../../src/operations/conversations.ts'

export default class ConversationShow extends TenantCommand {
  static override summary = 'Show a conversation.'
  static override args = {conversation: string({description: 'Id of the conversation.', required: true})}

  async run() {
    const {args} = await this.parse(ConversationShow)
    const conversation = await this.call(showConversation, {id: args.conversation})
    this.show(conversation, conversationFields(conversation))
  }
}
