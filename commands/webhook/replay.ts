import {string} from '@oclif/core/args'
import {boolean} from '@oclif/core/flags'
import {PytakeError} from '../../src/base/errors.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {deadLetterFields, isDeadLetter} from '../../src/cli/webhook-rows.ts'
import {type DeadLetter, replayDeadLetterOperation, replayWebhooks} from '../../src/operations/webhooks.ts'

export default class WebhookReplay extends TenantCommand {
  static override summary = 'Run stored webhooks again. Nothing is stored twice.'
  static override description = 'A failed one is refused when the customer was answered since.'
  static override strict = false
  static override args = {
    webhook: string({
      description: 'Numbers as list shows them, or those of dead letters: dead:NUMBER.',
      required: true,
    }),
  }
  static override flags = {force: boolean({summary: 'Also those that are done, ignored or stale.'})}

  async run() {
    const {argv, flags} = await this.parse(WebhookReplay)
    const ids = argv as string[]
    if (ids.every(isDeadLetter)) return this.replayDead(ids)
    if (ids.some(isDeadLetter)) throw new PytakeError('BAD_REQUEST', 'Replay dead letters apart from webhooks.')
    const answer = await this.call(replayWebhooks, {ids, force: flags.force})
    this.show(answer, Object.fromEntries(answer.data.map(({id, state}) => [String(id), state])))
    this.done(`${answer.data.length} ${answer.data.length === 1 ? 'is' : 'are'} run again by the server.`)
  }

  /** One by one: each goes to the tenant that owns its number, and the first that nobody owns ends it. */
  private async replayDead(ids: string[]) {
    const done: DeadLetter[] = []
    try {
      for (const id of ids) done.push(await this.call(replayDeadLetterOperation, {id}))
    } catch (error) {
      if (done.length > 0) this.warning(`${done.map(({id}) => id).join(' ')} went in before that.`)
      throw error
    }
    const [only] = done
    if (only && ids.length === 1) this.show(only, deadLetterFields(only))
    else this.show({data: done}, Object.fromEntries(done.map(({id, replayed_at: at}) => [id, at])))
    this.done(`${ids.length === 1 ? 'It is' : 'They are'} in the inbox of the tenant that owns the number.`)
  }
}
