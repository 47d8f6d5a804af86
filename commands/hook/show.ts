import {string} from '@oclif/core/args'
import {hookFields} from '../../src/cli/hook-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {showHook} from '../../src/operations/hooks.ts'

export default class HookShow extends TenantCommand {
  static override summary = 'Show a hook, and how much waits for it.'
  static override args = {hook: string({description: 'Id or name.', required: true})}

  async run() {
    const {args} = await this.parse(HookShow)
    const hook = await this.call(showHook, {id: args.hook})
    this.show(hook, hookFields(hook))
    if (hook.state !== 'active') this.warning(`It is told nothing. Go on: pytake hook resume ${hook.name}`)
    if (hook.dead > 0) this.warning(`${hook.dead} given up. Again: pytake hook replay ${hook.name} --all`)
  }
}
