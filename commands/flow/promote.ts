import {string} from '@oclif/core/args'
import {string as text} from '@oclif/core/flags'
import {PytakeError} from '../../src/base/errors.ts'
import {DeployCommand, liveFlag, releaseFlags} from '../../src/cli/deploy-command.ts'
import {deployedFlows, type ReleasedFlow} from '../../src/cli/deployed-flows.ts'
import {yesFlag} from '../../src/cli/flags.ts'
import {flowVariables} from '../../src/cli/flow-variables.ts'
import {liveOf} from '../../src/cli/live-flags.ts'
import {openClient, type Where, whereToAct} from '../../src/cli/where.ts'

export default class FlowPromote extends DeployCommand {
  static override summary = 'Publish in one place what is live in another: from staging to production.'
  static override description =
    'Takes the files that the releases there were made of, so that values of ${var.NAME} are those of the place they go to. Planned like any other deploy.'
  static override examples = ['<%= config.bin %> flow promote --from staging --to production --var empresa=XYZ']
  static override strict = false
  static override args = {flow: string({description: 'Keys, ids or names; else all that are live there.'})}
  static override baseFlags = {
    ...DeployCommand.baseFlags,
    context: text({summary: 'Context to publish in.', aliases: ['to'], helpLabel: '    --to, --context'}),
  }
  static override flags = {
    from: text({summary: 'Context to take them from.', required: true}),
    'from-tenant': text({summary: 'Tenant to take them from; the same unless told.'}),
    var: text({summary: 'Value of ${var.NAME} where they go, over those of pytake.yaml: NAME=VALUE.', multiple: true}),
    ...liveFlag,
    ...releaseFlags,
    ...yesFlag,
  }

  async run() {
    const {argv, flags} = await this.parse(FlowPromote)
    const from = await whereToAct(this.io, {context: flags.from, tenant: flags['from-tenant'] ?? flags.tenant})
    const to = await this.where()
    if (from.context.name === to.context.name && from.tenant === to.tenant)
      throw new PytakeError('BAD_REQUEST', 'That is the same place twice.', {help: 'Say where: --from NAME --to NAME'})
    const flows = await inContext(from.context.name, () => this.liveIn(from, argv as string[]))
    if (flows.length === 0) throw new PytakeError('NOT_FOUND', `Nothing is live in ${flags.from}.`)
    const input = {
      files: flows.map(fileOf),
      variables: await flowVariables(this.io, flags),
      live: liveOf(flags.live),
      project: onlyOne(flows.map(({project}) => project)),
    }
    await this.check(input)
    const commit = flags.commit ?? onlyOne(flows.map(({shown}) => shown.commit)) ?? ''
    await this.publish(input, await inContext(to.context.name, () => this.plan(input)), {
      yes: flags.yes,
      note: flags.note ?? `promoted from ${flags.from}`,
      commit,
    })
  }

  private async liveIn(from: Where, named: readonly string[]): Promise<ReleasedFlow[]> {
    const client = await openClient(this.io, from)
    try {
      return await deployedFlows((operation, input) => client.call(operation, input), named)
    } finally {
      await client.close()
    }
  }
}

/** Two places are asked: an error tells which of them it came from. */
async function inContext<T>(name: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof PytakeError)) throw error
    const {code, message, details, help, requestId} = error
    throw new PytakeError(code, `Context ${name}: ${message}`, {details, help, requestId, cause: error})
  }
}

/** What has no file is its own: JSON is YAML too. */
const fileOf = ({flow, source, definition}: ReleasedFlow) => ({
  name: `${flow}.yaml`,
  text: source ?? JSON.stringify(definition),
})

/** What they all have, when it is one thing. */
function onlyOne(values: readonly (string | null)[]): string | undefined {
  const [first, ...others] = new Set(values)
  return others.length === 0 ? (first ?? undefined) : undefined
}
