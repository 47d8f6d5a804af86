import {PytakeCommand} from '../../src/cli/command.ts'
import {listTemplates, templateColumns} from '../../src/cli/flow-templates.ts'
import {json, table, tsv} from '../../src/cli/output.ts'

export default class FlowTemplates extends PytakeCommand {
  static override summary = 'List the flows that come with the program, to begin with.'
  static override description =
    'Each comes with tests. "needs" names the values and the secrets that it has to be given.'

  async run() {
    await this.parse(FlowTemplates)
    const {stdout} = this.io
    const data = await listTemplates(this.config.root, (operation, input) => this.call(operation, input))
    if (this.wantsJson) stdout.write(json({data}, stdout))
    else stdout.write(stdout.isTTY ? await table(data, templateColumns, stdout) : tsv(data, templateColumns))
    this.say('  Take one: pytake flow new NAME --template TEMPLATE')
  }
}
