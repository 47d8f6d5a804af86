import {string} from '@oclif/core/args'
import {option, string as text} from '@oclif/core/flags'
import {listFlags, listInputOf} from '../../src/cli/flags.ts'
import {deliveryColumns} from '../../src/cli/hook-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {listDeliveries} from '../../src/operations/hook-actions.ts'

export default class HookDeliveries extends TenantCommand {
  static override summary = 'List what a hook was told and what came of it, newest first.'
  static override args = {hook: string({description: 'Id or name.', required: true})}
  static override flags = {
    state: option({options: ['pending', 'delivered', 'dead'] as const, summary: 'Only these.'})(),
    type: text({summary: 'Only this type of event.'}),
    ...listFlags,
  }

  async run() {
    const {args, flags} = await this.parse(HookDeliveries)
    const {state, type} = flags
    const answer = await this.call(listDeliveries, {id: args.hook, state, type, ...listInputOf(flags)})
    await this.list(answer, deliveryColumns)
  }
}
