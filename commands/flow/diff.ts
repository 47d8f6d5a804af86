import {string} from '@oclif/core/args'
import {boolean, string as text} from '@oclif/core/flags'
import type {z} from 'zod'
import {PytakeError} from '../../src/base/errors.ts'
import {releasedFlow} from '../../src/cli/deployed-flows.ts'
import {readFiles} from '../../src/cli/files.ts'
import {flowRefOf, type FlowRef} from '../../src/cli/flow-ref.ts'
import {problemsError} from '../../src/cli/flow-rows.ts'
import {flowVariables} from '../../src/cli/flow-variables.ts'
import {diffLines, lookOn} from '../../src/cli/plan-text.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import type {Client} from '../../src/operations/client.ts'
import {diffFlowsOperation} from '../../src/operations/flow-diff.ts'
import {checkFlowFiles} from '../../src/operations/flow-files.ts'

type Definition = z.input<(typeof diffFlowsOperation)['input']>['before']

const CHANGES_PRESENT = 10

export default class FlowDiff extends TenantCommand {
  static override summary = 'Show what differs between two releases of a flow, or between a release and a file.'
  static override description =
    'FLOW is what is live, FLOW@3 a release, and a name with / or .yaml a file. One name alone is compared with what is live.'
  static override examples = [
    '<%= config.bin %> flow diff menu@3 menu@4',
    '<%= config.bin %> flow diff menu@3',
    '<%= config.bin %> flow diff menu flows/menu.yaml',
  ]
  static override args = {
    before: string({description: 'FLOW, FLOW@RELEASE or a file.', required: true}),
    after: string({description: 'FLOW, FLOW@RELEASE or a file.'}),
  }
  static override flags = {
    var: text({summary: 'Value of ${var.NAME} in files, over those of pytake.yaml: NAME=VALUE.', multiple: true}),
    'exit-code': boolean({summary: 'Exit with 10 when they differ.'}),
  }

  async run() {
    const {args, flags} = await this.parse(FlowDiff)
    const variables = await flowVariables(this.io, flags)
    const first = flowRefOf(args.before)
    const one = await this.definition(first, variables)
    const named = args.after === undefined ? undefined : flowRefOf(args.after)
    const live = await this.definition(named ?? {flow: one.flow}, variables)
    // A file that stands alone is what comes after.
    const [before, after] = named === undefined && 'file' in first ? [live, one] : [one, live]
    const diff = await this.call(diffFlowsOperation, {before, after})
    const {stdout} = this.io
    if (this.wantsJson) this.show(diff, {})
    else if (diff.same) this.say('They are the same.')
    else stdout.write(diffLines(diff, lookOn(this.io, stdout)).join('\n') + '\n')
    if (flags['exit-code'] && !diff.same) this.exit(CHANGES_PRESENT)
  }

  private async definition(ref: FlowRef, variables: Awaited<ReturnType<typeof flowVariables>>): Promise<Definition> {
    if ('flow' in ref) {
      const call: Client['call'] = (operation, input) => this.call(operation, input)
      const {definition} = await releasedFlow(call, {id: ref.flow, version: ref.version})
      return definition as Definition
    }
    const files = await readFiles(this.io, [ref.file])
    if (files.length !== 1) throw new PytakeError('BAD_REQUEST', `${ref.file}: one file is needed.`)
    const {problems, flows} = await this.call(checkFlowFiles, {files, variables})
    const error = problemsError(problems)
    if (error) throw error
    return flows[0]?.definition as Definition
  }
}
