import {existsSync} from 'node:fs'
import {dirname, join, relative, resolve} from 'node:path'
import {string} from '@oclif/core/args'
import {boolean, string as text} from '@oclif/core/flags'
import {PytakeCommand} from '../../src/cli/command.ts'
import {FIRST_TEMPLATE, flowOfTemplate} from '../../src/cli/flow-templates.ts'
import {writeNewFiles} from '../../src/cli/new-files.ts'
import {findProject} from '../../src/cli/project.ts'

export default class FlowNew extends PytakeCommand {
  static override summary = 'Make a flow and its test of a template.'
  static override description =
    "It goes into the project's folder of flows, else into flows/. See the templates: pytake flow templates"
  static override examples = ['<%= config.bin %> flow new cobranca --template segunda-via']
  static override args = {name: string({description: 'Its key, or a name that the key is made of.', required: true})}
  static override flags = {
    template: text({summary: 'Which one to begin with.', default: FIRST_TEMPLATE}),
    folder: text({summary: 'Put it there instead.'}),
    keep: boolean({summary: 'Leave files that are there, and write the rest.', exclusive: ['force']}),
    force: boolean({summary: 'Replace files that are there.'}),
  }

  async run() {
    const {args, flags} = await this.parse(FlowNew)
    const folder = flags.folder ?? (await this.folder())
    const made = await flowOfTemplate((operation, input) => this.call(operation, input), {
      root: this.config.root,
      template: flags.template,
      name: args.name,
      folder,
    })
    const files = writeNewFiles(this.io, made.files, flags)
    const {flow, variables, secrets} = made
    const flows = made.flows.filter((other) => !existsSync(resolve(this.io.cwd, folder, `${other}.yaml`)))
    this.show(
      {flow, template: flags.template, variables, secrets, flows, files},
      Object.fromEntries(files.map(({path, state}) => [path, state])),
    )
    this.done(`Flow ${flow} of template ${flags.template}.`)
    if (variables.length > 0) this.say(`  Give values in pytake.yaml, under variables: ${variables.join(', ')}`)
    for (const other of flows)
      this.say(`  It jumps to ${other}, which is not there yet: pytake flow new ${other} --template ${other}`)
    for (const name of secrets) this.say(`  Set its secret where it runs: pytake secret set ${name} --file FILE`)
    this.say(`  Next: pytake flow test ${made.files[0]?.path}`)
  }

  private async folder(): Promise<string> {
    const project = await findProject(this.io.cwd)
    return project ? relative(this.io.cwd, join(dirname(project.path), project.flows ?? 'flows')) || '.' : 'flows'
  }
}
