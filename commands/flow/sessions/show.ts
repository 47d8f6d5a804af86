import {string} from '@oclif/core/args'
import {flowSessionFields} from '../../../src/cli/flow-session-rows.ts'
import {TenantCommand} from '../../../src/cli/tenant-command.ts'
import {showFlowSession} from '../../../src/operations/flow-sessions.ts'

export default class FlowSessionsShow extends TenantCommand {
  static override summary = 'Show where somebody stands in a flow, with the variables.'
  static override args = {session: string({description: 'Id.', required: true})}

  async run() {
    const {args} = await this.parse(FlowSessionsShow)
    const session = await this.call(showFlowSession, {id: args.session})
    this.show(session, flowSessionFields(session))
  }
}
