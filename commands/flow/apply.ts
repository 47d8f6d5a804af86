import {string} from '@oclif/core/args'
import {DeployCommand, deployFlags, releaseFlags} from '../../src/cli/deploy-command.ts'
import {yesFlag} from '../../src/cli/flags.ts'

export default class FlowApply extends DeployCommand {
  static override summary = 'Publish flow files: all of them as new releases, or none.'
  static override description =
    'Shows the plan and asks. Files, folders and patterns may be mixed; - reads from standard input; without any: the flows of the project. A plan saved by "flow plan -o" is applied as it was shown, and refused with exit code 6 when anything it rests on has changed.'
  static override examples = [
    '<%= config.bin %> flow apply flows/ --tenant "Empresa XYZ"',
    '<%= config.bin %> flow apply flows/*.yaml --var empresa=XYZ --yes',
    '<%= config.bin %> flow apply plan.json --yes',
  ]
  static override strict = false
  static override args = {file: string({description: 'Files, folders or patterns, or a saved plan.'})}
  static override flags = {...deployFlags, ...releaseFlags, ...yesFlag}

  async run() {
    const {argv, flags} = await this.parse(FlowApply)
    const wanted = await this.wanted(argv as string[], flags)
    const isSaved = 'input' in wanted
    const input = isSaved ? wanted.input : wanted
    if (isSaved) this.asPlanned()
    await this.check(input)
    await this.publish(input, await this.plan(input), flags)
  }
}
