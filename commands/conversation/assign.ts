import {string} from '@oclif/core/args'
import {conversationFields} from '../../src/cli/conversation-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {assignConversation} from '../../src/operations/conversations.ts'

export default class ConversationAssign extends TenantCommand {
  static override summary = 'Give a conversation to a person, or to nobody. The bot is silent while a person has it.'
  static override args = {
    conversation: string({description: 'Id of the conversation.', required: true}),
    user: string({description: 'Id, e-mail or name; none takes it away.', required: true}),
  }

  async run() {
    const {args} = await this.parse(ConversationAssign)
    const conversation = await this.call(assignConversation, {
      id: args.conversation,
      user: args.user === 'none' ? null : args.user,
    })
    this.show(conversation, conversationFields(conversation))
    this.done(
      args.user === 'none'
        ? 'Nobody has it now.'
        : `It is ${args.user}'s now. Give it back to the bot: pytake conversation return ${conversation.id}`,
    )
  }
}
