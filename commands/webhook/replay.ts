import {string} from '@oclif/core/args'
import {boolean} from '@oclif/core/flags'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {deadLetterFields, isDeadLetter} from '../../src/cli/webhook-rows.ts'
import {replayDeadLetterOperation, replayWebhooks} from '../../src/operations/webhooks.ts'

export default class WebhookReplay extends TenantCommand {
  static override summary = 'Run stored webhooks again. Nothing is stored twice.'
  static override description = 'A failed one is refused when the customer was answered since.'
  static override strict = false
  static override args = {webhook: string({description: 'Numbers, or one dead:NUMBER.', required: true})}
  static override flags = {force: boolean({summary: 'Also those that are done, ignored or stale.'})}

  async run() {
    const {argv, flags} = await this.parse(WebhookReplay)
    const ids = argv as string[]
    const [first = ''] = ids
    if (ids.length === 1 && isDeadLetter(first)) {
      const letter = await this.call(replayDeadLetterOperation, {id: first})
      this.show(letter, deadLetterFields(letter))
      return this.done('It is in the inbox of the tenant that owns the number.')
    }
    const answer = await this.call(replayWebhooks, {ids, force: flags.force})
    this.show(answer, Object.fromEntries(answer.data.map(({id, state}) => [String(id), state])))
    this.done(`${answer.data.length} ${answer.data.length === 1 ? 'is' : 'are'} run again by the server.`)
  }
}
