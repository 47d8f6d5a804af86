import {boolean, option} from '@oclif/core/flags'
import {listFlags, listInputOf} from '../../src/cli/flags.ts'
import {flowColumns} from '../../src/cli/flow-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {listFlowsOperation} from '../../src/operations/flows.ts'

export default class FlowList extends TenantCommand {
  static override summary = 'List flows: what answers customers, and drafts that wait to.'
  static override flags = {
    all: boolean({summary: 'Removed flows too.'}),
    trigger: option({
      options: ['keyword', 'message_received', 'schedule', 'none'] as const,
      summary: 'Only this trigger.',
    })(),
    ...listFlags,
  }

  async run() {
    const {flags} = await this.parse(FlowList)
    const only = flags.all ? {} : {removed: false}
    const input = {...only, trigger_type: flags.trigger, ...listInputOf(flags)}
    await this.list(await this.call(listFlowsOperation, input), flowColumns)
  }
}
