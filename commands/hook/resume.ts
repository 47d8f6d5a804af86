import {string} from '@oclif/core/args'
import {hookFields} from '../../src/cli/hook-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {resumeHook} from '../../src/operations/hook-actions.ts'

export default class HookResume extends TenantCommand {
  static override summary = 'Let a hook go on that was paused or switched off; it is told what it missed.'
  static override args = {hook: string({description: 'Id or name.', required: true})}

  async run() {
    const {args} = await this.parse(HookResume)
    const hook = await this.call(resumeHook, {id: args.hook})
    this.show(hook, hookFields(hook))
    this.done(`${hook.name} goes on.`)
  }
}
