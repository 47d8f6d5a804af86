import {PytakeCommand} from '../../src/cli/command.ts'
import {flowSchema} from '../../src/operations/flow-schema.ts'

export default class FlowSchema extends PytakeCommand {
  static override summary = 'Print the JSON Schema of flow files, for editors.'
  static override description =
    'Editors with the YAML language server complete and check a flow file whose first line names the schema: ' +
    '# yaml-language-server: $schema=flow.schema.json'
  static override examples = ['<%= config.bin %> flow schema > flow.schema.json']

  async run() {
    await this.parse(FlowSchema)
    this.io.stdout.write(`${JSON.stringify(await this.call(flowSchema, {}), undefined, 2)}\n`)
  }
}
