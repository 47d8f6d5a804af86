import {string} from '@oclif/core/args'
import {canaryFields} from '../../../src/cli/canary-rows.ts'
import {TenantCommand} from '../../../src/cli/tenant-command.ts'
import {showCanary} from '../../../src/operations/flow-canary.ts'

export default class FlowCanaryStatus extends TenantCommand {
  static override summary = 'Show how a release does that a share of new sessions takes.'
  static override args = {flow: string({description: 'Key, id or name.', required: true})}

  async run() {
    const {args} = await this.parse(FlowCanaryStatus)
    const canary = await this.call(showCanary, {id: args.flow})
    this.show(canary, canaryFields(canary))
  }
}
