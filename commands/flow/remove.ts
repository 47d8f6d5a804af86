import {string} from '@oclif/core/args'
import {yesFlag} from '../../src/cli/flags.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {removeFlowOperation, showFlow} from '../../src/operations/flows.ts'

export default class FlowRemove extends TenantCommand {
  static override summary = 'Take a flow off the air. People who are inside finish on their release.'
  static override args = {flow: string({description: 'Key, id or name.', required: true})}
  static override flags = {...yesFlag}

  async run() {
    const {args, flags} = await this.parse(FlowRemove)
    const {id, flow} = await this.call(showFlow, {id: args.flow})
    await this.confirm(`Take flow ${flow} off the air?`, flags.yes)
    await this.call(removeFlowOperation, {id})
    this.show({id, flow, removed: true}, {id})
    this.done(`Flow ${flow} answers nobody any more. Its releases are kept.`)
  }
}
