import {string} from '@oclif/core/args'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {deadLetterFields, isDeadLetter, webhookFields} from '../../src/cli/webhook-rows.ts'
import {showDeadLetter, showWebhook} from '../../src/operations/webhooks.ts'

export default class WebhookShow extends TenantCommand {
  static override summary = 'Show a stored webhook: as it was understood, and the request it came with.'
  static override args = {webhook: string({description: 'Its number, or dead:NUMBER.', required: true})}

  async run() {
    const {args} = await this.parse(WebhookShow)
    if (isDeadLetter(args.webhook)) {
      const letter = await this.call(showDeadLetter, {id: args.webhook})
      return this.show(letter, deadLetterFields(letter))
    }
    const webhook = await this.call(showWebhook, {id: args.webhook})
    this.show(webhook, webhookFields(webhook))
  }
}
