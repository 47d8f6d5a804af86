import {string} from '@oclif/core/args'
import {boolean, option, string as text} from '@oclif/core/flags'
import {PytakeCommand} from '../src/cli/command.ts'
import {FIRST_TEMPLATE} from '../src/cli/flow-templates.ts'
import {writeNewFiles, writtenColumns} from '../src/cli/new-files.ts'
import {newProject, variablesOf} from '../src/cli/new-project.ts'
import {json, table, tsv} from '../src/cli/output.ts'

export default class Init extends PytakeCommand {
  static override summary = 'Make a project: pytake.yaml, flows with tests, a folder for campaigns, a workflow for CI.'
  static override description = 'Files that are there already are never replaced unless --force says so.'
  static override examples = [
    '<%= config.bin %> init atendimento',
    '<%= config.bin %> init . --template boas-vindas --template segunda-via --ci gitlab',
  ]
  static override args = {dir: string({description: 'Its folder; this one unless told.', default: '.'})}
  static override flags = {
    name: text({
      summary: 'Name of the project; that of the folder unless told. It marks what flow apply --prune may remove.',
    }),
    template: text({
      summary: `A flow to begin with, from "pytake flow templates"; ${FIRST_TEMPLATE} unless told.`,
      multiple: true,
    }),
    ci: option({
      options: ['github', 'gitlab', 'none'] as const,
      summary: 'Whose workflow file to add.',
      default: 'github',
    })(),
    keep: boolean({summary: 'Leave files that are there, and write the rest.', exclusive: ['force']}),
    force: boolean({summary: 'Replace files that are there.'}),
  }

  async run() {
    const {args, flags} = await this.parse(Init)
    const {root, version} = this.config
    const {name, files, flows} = await newProject(this.io, (operation, input) => this.call(operation, input), {
      root,
      version,
      folder: args.dir,
      name: flags.name,
      templates: flags.template ?? [FIRST_TEMPLATE],
      ci: flags.ci,
    })
    const written = writeNewFiles(this.io, files, flags)
    const {stdout} = this.io
    if (this.wantsJson) stdout.write(json({name, files: written}, stdout))
    else stdout.write(stdout.isTTY ? await table(written, writtenColumns, stdout) : tsv(written, writtenColumns))
    this.done(`Project ${name} is in ${args.dir === '.' ? 'this folder' : args.dir}.`)
    const variables = variablesOf(flows)
    if (variables.length > 0)
      this.say(`  Put your own values into pytake.yaml, under variables: ${variables.join(', ')}`)
    for (const secret of new Set(flows.flatMap(({secrets}) => secrets)))
      this.say(`  Set its secret where it runs: pytake secret set ${secret} --file FILE`)
    const there = args.dir === '.' ? '' : `cd ${args.dir} && `
    this.say(`  Next: ${there}pytake flow test; talk to a flow: pytake flow chat flows/${flows[0]?.flow}.yaml`)
  }
}
