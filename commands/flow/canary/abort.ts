import {string} from '@oclif/core/args'
import {string as text} from '@oclif/core/flags'
import {PytakeError} from '../../../src/base/errors.ts'
import {canaryFields} from '../../../src/cli/canary-rows.ts'
import {yesFlag} from '../../../src/cli/flags.ts'
import {liveOf} from '../../../src/cli/live-flags.ts'
import {TenantCommand} from '../../../src/cli/tenant-command.ts'
import {abortCanaryOperation} from '../../../src/operations/flow-canary.ts'

export default class FlowCanaryAbort extends TenantCommand {
  static override summary = 'Take a canary back: new sessions take the live release again.'
  static override args = {flow: string({description: 'Key, id or name.', required: true})}
  static override flags = {
    live: text({summary: 'People who are inside it: finish (unless told), restart, end, end:TEXT or move:NODE.'}),
    reason: text({summary: 'Why; kept with it.'}),
    ...yesFlag,
  }

  async run() {
    const {args, flags} = await this.parse(FlowCanaryAbort)
    const live = flags.live === undefined ? undefined : liveOf([flags.live])
    if (live && live.default === undefined)
      throw new PytakeError(
        'BAD_REQUEST',
        '--live: there is only one flow here; write finish, restart, end or move:NODE.',
      )
    await this.confirm(`Take the canary of ${args.flow} back?`, flags.yes)
    const input = {id: args.flow, choice: live?.default, reason: flags.reason}
    const canary = await this.call(abortCanaryOperation, input)
    this.show(canary, canaryFields(canary))
    this.done(`New sessions take r${canary.live} again.`)
  }
}
