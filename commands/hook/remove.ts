import {string} from '@oclif/core/args'
import {yesFlag} from '../../src/cli/flags.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {removeHookOperation, showHook} from '../../src/operations/hooks.ts'

export default class HookRemove extends TenantCommand {
  static override summary = 'Remove a hook with its secret and its deliveries.'
  static override args = {hook: string({description: 'Id or name.', required: true})}
  static override flags = yesFlag

  async run() {
    const {args, flags} = await this.parse(HookRemove)
    const hook = await this.call(showHook, {id: args.hook})
    await this.confirm(`Remove hook ${hook.name}? What waits for it is not told any more.`, flags.yes)
    await this.call(removeHookOperation, {id: hook.id})
    this.show({id: hook.id, removed: true}, {id: hook.id, removed: true})
    this.done(`${hook.name} is removed.`)
  }
}
