import {string} from '@oclif/core/args'
import {string as text} from '@oclif/core/flags'
import {readFiles} from '../../src/cli/files.ts'
import {yesFlag} from '../../src/cli/flags.ts'
import {appliedColumns, appliedSentence, problemLines, problemsError} from '../../src/cli/flow-rows.ts'
import {table, tsv} from '../../src/cli/output.ts'
import {flowVariables} from '../../src/cli/flow-variables.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {checkFlowFiles} from '../../src/operations/flow-files.ts'
import {applyFlowsOperation} from '../../src/operations/flows.ts'

export default class FlowApply extends TenantCommand {
  static override summary = 'Publish flow files: all of them as new releases, or none.'
  static override description = 'Files, folders and patterns may be mixed; - reads one flow from standard input.'
  static override examples = [
    '<%= config.bin %> flow apply flows/ --tenant "Empresa XYZ"',
    '<%= config.bin %> flow apply flows/*.yaml --var empresa=XYZ --yes',
  ]
  static override strict = false
  static override args = {file: string({description: 'Files, folders or patterns.', required: true})}
  static override flags = {
    var: text({summary: 'Value of ${var.NAME}, over those of pytake.yaml: NAME=VALUE.', multiple: true}),
    commit: text({summary: 'Commit these files are of; kept with the release.'}),
    ...yesFlag,
  }

  async run() {
    const {argv, flags} = await this.parse(FlowApply)
    const input = {files: await readFiles(this.io, argv as string[]), variables: await flowVariables(this.io, flags)}
    const {problems, flows} = await this.call(checkFlowFiles, input)
    const error = problemsError(problems)
    if (error !== undefined && this.wantsJson) throw error
    if (error !== undefined) this.failed(error.message)
    if (problems.length > 0 && !this.wantsJson) this.io.stderr.write(`\n${problemLines(problems)}\n`)
    if (error !== undefined) {
      const rule = problems.find(({severity}) => severity === 'error')?.rule
      this.say(`Nothing was changed. Explain a rule: pytake flow lint --explain ${rule}`)
      this.exit(error.exitCode)
    }
    await this.confirm(`Publish ${flows.map(({flow}) => flow).join(', ')}?`, flags.yes)
    const answer = await this.call(applyFlowsOperation, {...input, commit: flags.commit})
    const {stdout} = this.io
    if (this.wantsJson) this.show(answer, {})
    else
      stdout.write(stdout.isTTY ? await table(answer.data, appliedColumns, stdout) : tsv(answer.data, appliedColumns))
    this.done(appliedSentence(answer.data))
  }
}
