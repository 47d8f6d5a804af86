import {string} from '@oclif/core/args'
import {boolean, string as text} from '@oclif/core/flags'
import {PytakeError} from '../../src/base/errors.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {replayHook} from '../../src/operations/hook-actions.ts'

export default class HookReplay extends TenantCommand {
  static override summary = 'Tell a hook again what was given up, or what is named, with the ids it had.'
  static override examples = [
    '<%= config.bin %> hook replay crm --all',
    '<%= config.bin %> hook replay crm --delivery 0192…',
  ]
  static override args = {hook: string({description: 'Id or name.', required: true})}
  static override flags = {
    all: boolean({summary: 'Everything that was given up.', exclusive: ['delivery']}),
    delivery: text({summary: 'Id of a delivery, as "hook deliveries" shows it.', multiple: true}),
  }

  async run() {
    const {args, flags} = await this.parse(HookReplay)
    if (!flags.all && !flags.delivery) {
      const help = `pytake hook deliveries ${args.hook} --state dead`
      throw new PytakeError('BAD_REQUEST', 'Say which: --all, or --delivery ID.', {help})
    }
    const answer = await this.call(replayHook, {id: args.hook, deliveries: flags.delivery})
    this.show(answer, answer)
    this.done(answer.replayed === 0 ? 'There was nothing to tell again.' : `${answer.replayed} will be told again.`)
  }
}
