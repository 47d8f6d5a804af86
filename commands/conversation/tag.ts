import {string} from '@oclif/core/args'
import {conversationFields} from '../../src/cli/conversation-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {tagConversation} from '../../src/operations/conversations.ts'

export default class ConversationTag extends TenantCommand {
  static override summary = 'Add tags to a conversation.'
  static override strict = false
  static override args = {
    conversation: string({description: 'Id of the conversation.', required: true}),
    tag: string({description: 'One tag or more.', required: true}),
  }

  async run() {
    const {args, argv} = await this.parse(ConversationTag)
    const conversation = await this.call(tagConversation, {id: args.conversation, tags: (argv as string[]).slice(1)})
    this.show(conversation, conversationFields(conversation))
    this.done(`Tags: ${conversation.tags.join(', ') || 'none'}.`)
  }
}
