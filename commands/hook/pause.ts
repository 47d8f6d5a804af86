import {string} from '@oclif/core/args'
import {hookFields} from '../../src/cli/hook-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {pauseHook} from '../../src/operations/hook-actions.ts'

export default class HookPause extends TenantCommand {
  static override summary = 'Pause a hook: what happens is kept for it.'
  static override args = {hook: string({description: 'Id or name.', required: true})}

  async run() {
    const {args} = await this.parse(HookPause)
    const hook = await this.call(pauseHook, {id: args.hook})
    this.show(hook, hookFields(hook))
    this.done(`${hook.name} is paused. Go on: pytake hook resume ${hook.name}`)
  }
}
