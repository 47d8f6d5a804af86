import {option, string} from '@oclif/core/flags'
import {flowSessionColumns} from '../../../src/cli/flow-session-rows.ts'
import {listFlags, listInputOf} from '../../../src/cli/flags.ts'
import {TenantCommand} from '../../../src/cli/tenant-command.ts'
import {listFlowSessions} from '../../../src/operations/flow-sessions.ts'

export default class FlowSessionsList extends TenantCommand {
  static override summary = 'List people who are inside flows, those who came last first.'
  static override flags = {
    flow: string({summary: 'Only in this flow: key, id or name.'}),
    node: string({summary: 'Only at this node.'}),
    status: option({
      options: [
        ...['active', 'calling', 'transferred', 'completed', 'abandoned'],
        ...['expired', 'failed', 'replaced', 'any'],
      ] as const,
      summary: 'Only this status, ended ones too; those that go on unless told.',
    })(),
    ...listFlags,
  }

  async run() {
    const {flags} = await this.parse(FlowSessionsList)
    const {flow, node, status} = flags
    const input = {flow, node, status: status as 'any' | undefined, ...listInputOf(flags)}
    await this.list(await this.call(listFlowSessions, input), flowSessionColumns)
  }
}
