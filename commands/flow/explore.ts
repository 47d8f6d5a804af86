import {string} from '@oclif/core/args'
import {integer, string as text} from '@oclif/core/flags'
import {PytakeCommand} from '../../src/cli/command.ts'
import {flowWithOthers} from '../../src/cli/flow-beside.ts'
import {explorationSentence, explorationText, foundColumns, summaryOf} from '../../src/cli/flow-explore-text.ts'
import {problemLines, problemsError} from '../../src/cli/flow-rows.ts'
import {flowVariables} from '../../src/cli/flow-variables.ts'
import {json, tsv} from '../../src/cli/output.ts'
import {painter} from '../../src/cli/paint.ts'
import {exploreFlow} from '../../src/operations/flow-explore.ts'

const FOUND = 3

export default class FlowExplore extends PytakeCommand {
  static override summary = 'Walk every branch of a flow and tell what goes wrong, without any test written.'
  static override description =
    'Tries every option, answers of every kind, silence, and calls that fail. It finds sessions that fail or end without a word, ' +
    'texts that come out too long, expressions that break, and ways that never end, each with the dialogue that leads there. ' +
    'When a test lies beside the flow, its mocks and texts are tried too. Exit 3 when an error is found.'
  static override examples = [
    '<%= config.bin %> flow explore flows/menu.yaml',
    '<%= config.bin %> flow explore flows/menu.yaml --depth 10 --json',
  ]
  static override args = {file: string({description: 'A flow file.', required: true})}
  static override flags = {
    depth: integer({summary: 'Inputs in a row.', default: 40, min: 1, max: 500}),
    steps: integer({summary: 'Inputs altogether.', default: 20_000, min: 1, max: 1_000_000}),
    'max-warnings': integer({summary: 'Exit 3 as well when there are more warnings than this.', min: 0}),
    var: text({summary: 'Value of ${var.NAME}, over those of pytake.yaml: NAME=VALUE.', multiple: true}),
  }

  async run() {
    const {args, flags} = await this.parse(FlowExplore)
    const {stdout} = this.io
    const variables = await flowVariables(this.io, flags)
    const {depth, steps} = flags
    const walk = await this.call(exploreFlow, {...flowWithOthers(this.io, args.file), variables, depth, steps})
    const {problems, findings} = walk
    if (problems.length > 0) {
      const told = problems.map((problem) => ({...problem, severity: 'error' as const}))
      const error = problemsError(told)
      if (error && this.wantsJson) throw error
      this.failed(error?.message ?? '')
      this.io.stderr.write(`\n${problemLines(told)}`)
      this.exit(FOUND)
    }
    if (this.wantsJson) stdout.write(json(walk, stdout))
    else stdout.write(stdout.isTTY ? explorationText(walk, painter(this.io, stdout)) : tsv(findings, foundColumns))
    const errors = findings.filter(({severity}) => severity === 'error').length
    const isTooMuch = errors > 0 || findings.length - errors > (flags['max-warnings'] ?? Infinity)
    if (findings.length > 0) this[isTooMuch ? 'failed' : 'warning'](explorationSentence(walk))
    else if (!stdout.isTTY && !this.wantsJson) this.done(summaryOf(walk))
    if (isTooMuch) this.exit(FOUND)
  }
}
