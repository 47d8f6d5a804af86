import {string} from '@oclif/core/args'
import {boolean, string as text} from '@oclif/core/flags'
import {systemClock} from '../../src/base/clock.ts'
import {DeployCommand, deployFlags} from '../../src/cli/deploy-command.ts'
import {lookOn, planText} from '../../src/cli/plan-text.ts'
import {savePlan} from '../../src/cli/saved-plan.ts'

const CHANGES_PRESENT = 10

export default class FlowPlan extends DeployCommand {
  static override summary = 'Show what publishing flow files would change, for people who are inside a flow too.'
  static override description =
    'Changes nothing. Without a path: the flows of the project, or flows/. With --exit-code: 10 when there are changes, 0 when there are none.'
  static override examples = [
    '<%= config.bin %> flow plan --exit-code',
    '<%= config.bin %> flow plan flows/ --prune -o plan.json',
    '<%= config.bin %> flow plan --live menu.pede_cpf=move:novo_cpf',
  ]
  static override strict = false
  static override args = {file: string({description: 'Files, folders or patterns; - is standard input.'})}
  static override flags = {
    ...deployFlags,
    output: text({char: 'o', summary: 'Save the plan there, for "flow apply"; - is standard output.'}),
    'exit-code': boolean({summary: 'Exit with 10 when there are changes.'}),
  }

  async run() {
    const {argv, flags} = await this.parse(FlowPlan)
    const {stdout} = this.io
    const wanted = await this.wanted(argv as string[], flags)
    const input = 'input' in wanted ? wanted.input : wanted
    await this.check(input)
    const plan = await this.plan(input)
    if (flags.output !== undefined) savePlan(this.io, flags.output, {input, plan, now: systemClock.now()})
    if (this.wantsJson) this.show(plan, {})
    else if (flags.output !== '-') stdout.write((await this.heading(plan)) + planText(plan, lookOn(this.io, stdout)))
    if (flags.output !== undefined && flags.output !== '-') this.say(`Apply: pytake flow apply ${flags.output}`)
    const changes = plan.flows.some(({action}) => action !== 'unchanged')
    if (flags['exit-code'] && changes) this.exit(CHANGES_PRESENT)
  }
}
