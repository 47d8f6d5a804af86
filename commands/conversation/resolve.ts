import {string} from '@oclif/core/args'
import {conversationFields} from '../../src/cli/conversation-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {resolveConversation} from '../../src/operations/conversations.ts'

export default class ConversationResolve extends TenantCommand {
  static override summary = "Close a conversation. The customer's next message opens another one."
  static override args = {conversation: string({description: 'Id of the conversation.', required: true})}

  async run() {
    const {args} = await this.parse(ConversationResolve)
    const conversation = await this.call(resolveConversation, {id: args.conversation})
    this.show(conversation, conversationFields(conversation))
    this.done('The conversation is resolved.')
  }
}
