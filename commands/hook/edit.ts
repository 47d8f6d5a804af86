import {string} from '@oclif/core/args'
import {string as text} from '@oclif/core/flags'
import {hookFields, hookFlags, typeFlag, typesOf} from '../../src/cli/hook-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {editHookOperation} from '../../src/operations/hooks.ts'

export default class HookEdit extends TenantCommand {
  static override summary = 'Change a hook. What is left out stays; of new types it is told from now on.'
  static override args = {hook: string({description: 'Id or name.', required: true})}
  static override flags = {
    name: text({summary: 'New name.'}),
    url: text({summary: 'New address.'}),
    type: text(typeFlag),
    ...hookFlags,
  }

  async run() {
    const {args, flags} = await this.parse(HookEdit)
    const {name, url, ordered, concurrency} = flags
    const change = {name, url, types: typesOf(flags.type), ordered, concurrency}
    const hook = await this.call(editHookOperation, {id: args.hook, ...change})
    this.show(hook, hookFields(hook))
    this.done(`${hook.name} is changed.`)
  }
}
