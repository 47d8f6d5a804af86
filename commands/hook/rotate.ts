import {string} from '@oclif/core/args'
import {string as text} from '@oclif/core/flags'
import {secretFrom} from '../../src/cli/ask.ts'
import {hookFields, secretFlag} from '../../src/cli/hook-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {rotateHookSecret} from '../../src/operations/hook-actions.ts'

export default class HookRotate extends TenantCommand {
  static override summary = 'Give a hook a new secret, shown once. For a while the one before signs too.'
  static override args = {hook: string({description: 'Id or name.', required: true})}
  static override flags = {
    keep: text({summary: 'How long the secret before is good, 24h unless told; 0 for no longer.'}),
    ...secretFlag,
  }

  async run() {
    const {args, flags} = await this.parse(HookRotate)
    const file = flags['secret-file']
    const secret = file === undefined ? undefined : await secretFrom(this.io, file)
    const hook = await this.call(rotateHookSecret, {id: args.hook, keep: flags.keep, secret})
    this.show(hook, hookFields(hook))
    this.warning('Keep the secret now; it is not shown again.')
  }
}
