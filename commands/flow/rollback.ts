import {string} from '@oclif/core/args'
import {integer} from '@oclif/core/flags'
import {PytakeError} from '../../src/base/errors.ts'
import {DeployCommand, liveFlag, releaseFlags} from '../../src/cli/deploy-command.ts'
import {yesFlag} from '../../src/cli/flags.ts'
import {liveOf} from '../../src/cli/live-flags.ts'
import {listReleases} from '../../src/operations/flow-releases.ts'

const MOST_RELEASES = 1000

export default class FlowRollback extends DeployCommand {
  static override summary = 'Publish an earlier release of a flow again: the one before, or the one that is named.'
  static override description =
    'It becomes a new release, planned like any other: people who are inside finish on theirs unless --live or the flow says otherwise.'
  static override examples = [
    '<%= config.bin %> flow rollback atendimento',
    '<%= config.bin %> flow rollback atendimento --to 3 --live restart --yes',
  ]
  static override args = {flow: string({description: 'Key, id or name.', required: true})}
  static override flags = {
    to: integer({summary: 'Number of the release; the one before the live one unless told.', min: 1}),
    ...liveFlag,
    ...releaseFlags,
    ...yesFlag,
  }

  async run() {
    const {args, flags} = await this.parse(FlowRollback)
    const version = flags.to ?? (await this.before(args.flow))
    const input = {releases: [{flow: args.flow, version}], live: liveOf(flags.live)}
    const plan = await this.plan(input)
    // What git says here is of other files.
    await this.publish(input, plan, {
      ...flags,
      commit: flags.commit ?? '',
      note: flags.note ?? `rollback to r${version}`,
    })
  }

  /** The youngest release before the live one that says something else; the last one of a flow that is off the air. */
  private async before(flow: string): Promise<number> {
    const {data} = await this.call(listReleases, {id: flow, limit: MOST_RELEASES})
    const live = data.find((row) => row.live)
    const [last] = data
    const earlier = live ? data.find(({version, release}) => version < live.version && release !== live.release) : last
    if (earlier) return earlier.version
    throw new PytakeError('CONFLICT', `${flow} has no release before the live one.`, {
      help: `pytake flow history ${flow}`,
    })
  }
}
