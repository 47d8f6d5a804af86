import {string} from '@oclif/core/args'
import {boolean, integer, option, string as text} from '@oclif/core/flags'
import {PytakeCommand} from '../../src/cli/command.ts'
import {flowVariables, variablesElsewhere} from '../../src/cli/flow-variables.ts'
import {githubFindings} from '../../src/cli/lint-github.ts'
import {lintFilesOf, ruleSettings} from '../../src/cli/lint-input.ts'
import {junitFindings} from '../../src/cli/lint-junit.ts'
import {
  explainedRule,
  findingColumns,
  lintFormats,
  lintSentence,
  prettyFindings,
  ruleColumns,
} from '../../src/cli/lint-report.ts'
import {sarifFindings} from '../../src/cli/lint-sarif.ts'
import {json, table, tsv} from '../../src/cli/output.ts'
import {painter} from '../../src/cli/paint.ts'
import {findProject} from '../../src/cli/project.ts'
import {explainLint, lintFlowFiles, type LintResult} from '../../src/operations/flow-lint.ts'

const FOUND = 3

export default class FlowLint extends PytakeCommand {
  static override summary = 'Check flow files: what apply would refuse, and what customers would stumble over.'
  static override description =
    "Without paths the project's folder of flows is checked, else flows/. A folder means its *.yaml, *.yml and *.json but no " +
    '*.test.yaml. Exit 3 when an error is found. Severities may be set in pytake.yaml too: lint: {rules: {dead-end: off}}. What ' +
    'flow apply refuses cannot be switched off.'
  static override examples = [
    '<%= config.bin %> flow lint flows/ --format github --max-warnings 0',
    '<%= config.bin %> flow lint --explain dangling-edge',
  ]
  static override strict = false
  static override args = {
    path: string({description: 'Files, folders or patterns; - reads one flow from standard input.'}),
  }
  static override flags = {
    format: option({options: lintFormats, summary: 'How to tell it; rows when piped unless told.'})(),
    rule: text({summary: 'Severity of a rule: RULE=off, RULE=warn or RULE=error.', multiple: true}),
    'max-warnings': integer({summary: 'Exit 3 as well when there are more warnings than this.', min: 0}),
    var: text({summary: 'Value of ${var.NAME}, over those of pytake.yaml: NAME=VALUE.', multiple: true}),
    explain: text({summary: 'Explain a rule, with a bad and a good example.', helpValue: 'RULE'}),
    list: boolean({summary: 'List the rules.'}),
  }

  async run() {
    const {argv, flags} = await this.parse(FlowLint)
    if (flags.list || flags.explain !== undefined) return this.explain(flags.explain)
    const project = await findProject(this.io.cwd)
    const result = await this.call(lintFlowFiles, {
      ...(await lintFilesOf(this.io, argv as string[], project)),
      rules: ruleSettings(flags.rule, project),
      variables: await flowVariables(this.io, flags),
      elsewhere: variablesElsewhere(this.io, project, flags),
    })
    this.tell(result, this.wantsJson ? 'json' : flags.format)
    const tooMany = flags['max-warnings'] !== undefined && result.warnings > flags['max-warnings']
    if (result.errors > 0 || tooMany) this.failed(lintSentence(result))
    else if (result.warnings > 0) this.warning(lintSentence(result))
    else this.done(lintSentence(result))
    const [first] = result.rules
    if (first) this.say(`  Explain a rule: pytake flow lint --explain ${first.id}`)
    if (result.errors > 0 || tooMany) this.exit(FOUND)
  }

  private tell(result: LintResult, format: (typeof lintFormats)[number] | undefined) {
    const {stdout} = this.io
    const {findings, files, errors, warnings} = result
    const pretty = () => prettyFindings(result, painter(this.io, stdout))
    const formats = {
      pretty,
      json: () => json({findings, files, errors, warnings}, stdout),
      sarif: () => json(sarifFindings(result, this.config.version), stdout),
      github: () => githubFindings(result),
      junit: () => junitFindings(result),
      rows: () => (stdout.isTTY ? pretty() : tsv(findings, findingColumns)),
    }
    stdout.write(formats[format ?? 'rows']())
  }

  private async explain(id: string | undefined) {
    const {stdout} = this.io
    const {rules, rule} = await this.call(explainLint, {rule: id})
    if (this.wantsJson) this.show(rule ?? {rules}, {})
    else if (rule) stdout.write(explainedRule(rule, painter(this.io, stdout)))
    else stdout.write(stdout.isTTY ? await table(rules, ruleColumns, stdout) : tsv(rules, ruleColumns))
  }
}
