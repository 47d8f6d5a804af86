import {string} from '@oclif/core/args'
import {conversationFields} from '../../src/cli/conversation-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {returnConversation} from '../../src/operations/conversations.ts'

export default class ConversationReturn extends TenantCommand {
  static override summary = 'Give a conversation back to the bot; a flow that handed it over goes on.'
  static override args = {conversation: string({description: 'Id of the conversation.', required: true})}

  async run() {
    const {args} = await this.parse(ConversationReturn)
    const conversation = await this.call(returnConversation, {id: args.conversation})
    this.show(conversation, conversationFields(conversation))
    this.done('The bot has it again.')
  }
}
