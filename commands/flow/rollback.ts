import {string} from '@oclif/core/args'
import {integer} from '@oclif/core/flags'
import {PytakeError} from '../../src/base/errors.ts'
import {DeployCommand, liveFlag, releaseFlags} from '../../src/cli/deploy-command.ts'
import {yesFlag} from '../../src/cli/flags.ts'
import {liveOf} from '../../src/cli/live-flags.ts'
import {type HistoryRow, listReleases} from '../../src/operations/flow-releases.ts'

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
    const {data} = await this.call(listReleases, {id: args.flow, limit: MOST_RELEASES})
    const canary = data.find((row) => row.canary !== null)
    const version = flags.to ?? before(args.flow, data, canary)
    if (canary && canary.version !== version && !this.wantsJson)
      this.warning(`r${canary.version} is running as a canary. To take back only that: ${abortOf(args.flow)}`)
    const input = {releases: [{flow: args.flow, version}], live: liveOf(flags.live)}
    const plan = await this.plan(input)
    // What git says here is of other files.
    await this.publish(input, plan, {
      ...flags,
      commit: flags.commit ?? '',
      note: flags.note ?? `rollback to r${version}`,
    })
  }
}

const abortOf = (flow: string): string => `pytake flow canary abort ${flow}`

/** The youngest release before the live one that says something else; the last one of a flow that is off the air. */
function before(flow: string, rows: readonly HistoryRow[], canary: HistoryRow | undefined): number {
  const live = rows.find((row) => row.live)
  const [last] = rows
  const earlier = live ? rows.find(({version, release}) => version < live.version && release !== live.release) : last
  if (earlier) return earlier.version
  throw new PytakeError('CONFLICT', `${flow} has no release before the live one.`, {
    help: canary ? `The canary r${canary.version} is taken back by ${abortOf(flow)}` : `pytake flow history ${flow}`,
  })
}
