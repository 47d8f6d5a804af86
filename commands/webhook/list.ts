import {boolean, option, string} from '@oclif/core/flags'
import {webhookKinds, webhookStates} from '../../src/base/statuses.ts'
import {listFlags, listInputOf} from '../../src/cli/flags.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {deadLetterColumns, webhookColumns} from '../../src/cli/webhook-rows.ts'
import {listDeadLetters, listWebhooks} from '../../src/operations/webhooks.ts'

export default class WebhookList extends TenantCommand {
  static override summary = 'List what webhooks brought, newest first.'
  static override flags = {
    state: option({
      options: webhookStates,
      summary: 'Only this state; failed ones can be replayed.',
    })(),
    kind: option({options: webhookKinds, summary: 'Only this kind.'})(),
    config: string({summary: 'Only of this number: id or name.'}),
    dead: boolean({
      summary: 'Those that no tenant could take, of the whole installation.',
      exclusive: ['state', 'kind'],
    }),
    ...listFlags,
  }

  async run() {
    const {flags} = await this.parse(WebhookList)
    const {state, kind, config, dead} = flags
    if (dead) return this.list(await this.call(listDeadLetters, listInputOf(flags)), deadLetterColumns)
    await this.list(await this.call(listWebhooks, {state, kind, config, ...listInputOf(flags)}), webhookColumns)
  }
}
