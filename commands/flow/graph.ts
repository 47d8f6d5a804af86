import {string} from '@oclif/core/args'
import {boolean, option, string as text} from '@oclif/core/flags'
import {flowWithOthers} from '../../src/cli/flow-beside.ts'
import {refuseUnreadable} from '../../src/cli/flow-rows.ts'
import {flowVariables} from '../../src/cli/flow-variables.ts'
import {drawnAs, formatOf, graphFormats, peopleByNode} from '../../src/cli/graph.ts'
import {writeFile} from '../../src/cli/files.ts'
import {json} from '../../src/cli/output.ts'
import {painter} from '../../src/cli/paint.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {graphFlow} from '../../src/operations/flow-graph.ts'
import {countPeople} from '../../src/operations/flow-releases.ts'

export default class FlowGraph extends TenantCommand {
  static override summary = 'Draw a flow: as text, Mermaid, Graphviz or a picture.'
  static override description =
    '--coverage marks what the tests beside it do not reach. --sessions asks where this command acts how many people are at each node now.'
  static override examples = [
    '<%= config.bin %> flow graph flows/menu.yaml',
    '<%= config.bin %> flow graph flows/menu.yaml --coverage -o menu.svg',
    '<%= config.bin %> flow graph flows/menu.yaml --format mermaid --sessions --context production',
  ]
  static override args = {file: string({description: 'A flow file.', required: true})}
  static override flags = {
    format: option({options: graphFormats, summary: 'How; by the end of --output, else text.'})(),
    output: text({char: 'o', summary: 'Write it to this file.'}),
    coverage: boolean({summary: 'Mark what the tests beside it do not reach.'}),
    sessions: boolean({summary: 'Tell how many people are at each node now.'}),
    var: text({summary: 'Value of ${var.NAME}, over those of pytake.yaml: NAME=VALUE.', multiple: true}),
  }

  async run() {
    const {args, flags} = await this.parse(FlowGraph)
    const {stdout} = this.io
    const {output, coverage} = flags
    const format = formatOf(flags.format, output)
    const variables = await flowVariables(this.io, flags)
    const {drawing, problems} = await this.call(graphFlow, {...flowWithOthers(this.io, args.file), variables, coverage})
    if (!drawing) throw refuseUnreadable(problems)
    const people = flags.sessions ? peopleByNode((await this.call(countPeople, {id: drawing.flow})).data) : undefined
    const picture = {...drawing, people}
    if (this.wantsJson)
      return stdout.write(json({...drawing, ...(people ? {people: Object.fromEntries(people)} : {})}, stdout))
    const paint = painter(this.io, output === undefined ? stdout : {...stdout, isTTY: false})
    const drawn = await drawnAs(format, picture, {paint, columns: stdout.columns})
    if (output === undefined) stdout.write(drawn)
    else {
      writeFile(this.io, output, drawn)
      this.done(`${output} written.`)
    }
    for (const [node, count] of people ?? [])
      if (!drawing.nodes.some(({id}) => id === node))
        this.warning(
          `${count === 1 ? '1 person is' : `${count} people are`} at ${node}, which this file does not have.`,
        )
  }
}
