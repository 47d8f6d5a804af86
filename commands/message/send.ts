import {boolean, string} from '@oclif/core/flags'
import {attach} from '../../src/cli/attach.ts'
import {contentOf} from '../../src/cli/message-content.ts'
import {contentFlags} from '../../src/cli/message-flags.ts'
import {SendingCommand} from '../../src/cli/sending-command.ts'
import {sendMessage} from '../../src/operations/send.ts'

export default class MessageSend extends SendingCommand {
  static override summary = 'Send a message, and wait up to 5 seconds for what becomes of it.'
  static override description =
    'Exits with 0 when it was sent, 1 when it failed, 8 when it is still pending. Where no server runs it is queued.'
  static override examples = [
    '<%= config.bin %> message send --to +5511987650001 --text "Olá"',
    '<%= config.bin %> message send --to +5511987650001 --text "Como foi?" --button Bom --button Ruim',
    '<%= config.bin %> message send --to +5511987650001 --document boleto.pdf --caption "Seu boleto"',
    '<%= config.bin %> message send --to +5511987650001 --template lembrete --param Maria --param 10/05',
  ]
  static override flags = {
    to: string({summary: 'Telephone number of the recipient.'}),
    conversation: string({summary: 'Send into this conversation.'}),
    from: string({summary: 'Number that sends: id or name. Else the one of the conversation, or the only one.'}),
    'reply-to': string({summary: 'Id of the message that is answered.'}),
    marketing: boolean({summary: 'It is marketing: not for those who opted out.'}),
    wait: boolean({summary: 'Wait for the outcome.', default: true, allowNo: true}),
    ...contentFlags,
  }

  async run() {
    const {flags} = await this.parse(MessageSend)
    const content = await contentOf(this.io, flags, (name) => attach(this.io, this.call.bind(this), name))
    const sent = await this.call(sendMessage, {
      to: flags.to,
      conversation_id: flags.conversation,
      from: flags.from,
      reply_to: flags['reply-to'],
      purpose: flags.marketing ? 'marketing' : 'reply',
      content,
    })
    await this.report(sent, flags.wait)
  }
}
