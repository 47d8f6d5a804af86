import {string} from '@oclif/core/args'
import {integer} from '@oclif/core/flags'
import {releaseFields} from '../../src/cli/release-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {showFlow} from '../../src/operations/flows.ts'

export default class FlowShow extends TenantCommand {
  static override summary = 'Show a flow, or one release of it; --json has its whole definition.'
  static override args = {flow: string({description: 'Key, id or name.', required: true})}
  static override flags = {release: integer({summary: 'Number of the release; the live one unless told.', min: 1})}

  async run() {
    const {args, flags} = await this.parse(FlowShow)
    const flow = await this.call(showFlow, {id: args.flow, version: flags.release})
    this.show(flow, releaseFields(flow))
  }
}
