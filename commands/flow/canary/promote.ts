import {string} from '@oclif/core/args'
import {PytakeError} from '../../../src/base/errors.ts'
import {DeployCommand, liveFlag} from '../../../src/cli/deploy-command.ts'
import {yesFlag} from '../../../src/cli/flags.ts'
import {liveOf} from '../../../src/cli/live-flags.ts'
import {showCanary} from '../../../src/operations/flow-canary.ts'

export default class FlowCanaryPromote extends DeployCommand {
  static override summary = 'Give everybody the release that a share of new sessions takes.'
  static override args = {flow: string({description: 'Key, id or name.', required: true})}
  static override flags = {...liveFlag, ...yesFlag}

  async run() {
    const {args, flags} = await this.parse(FlowCanaryPromote)
    const {version, state, flow} = await this.call(showCanary, {id: args.flow})
    if (state !== 'running') {
      throw new PytakeError('CONFLICT', `The canary r${version} of ${flow} is ${state}.`, {
        help: `pytake flow rollback ${flow} --to ${version}`,
      })
    }
    const input = {releases: [{flow: args.flow, version}], live: liveOf(flags.live)}
    await this.publish(input, await this.plan(input), {yes: flags.yes, commit: ''})
  }
}
