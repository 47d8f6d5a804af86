import {string} from '@oclif/core/args'
import {integer} from '@oclif/core/flags'
import {historyColumns} from '../../src/cli/release-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {listReleases} from '../../src/operations/flow-releases.ts'

export default class FlowHistory extends TenantCommand {
  static override summary = 'List the releases of a flow, newest first, with the people who are inside each.'
  static override args = {flow: string({description: 'Key, id or name.', required: true})}
  static override flags = {
    limit: integer({summary: 'Releases to show, 20 unless told; 1,000 at most.', min: 1, max: 1000}),
  }

  async run() {
    const {args, flags} = await this.parse(FlowHistory)
    await this.list(await this.call(listReleases, {id: args.flow, limit: flags.limit}), historyColumns)
  }
}
