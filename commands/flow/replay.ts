import {string} from '@oclif/core/args'
import {boolean, integer, string as text} from '@oclif/core/flags'
import {PytakeError} from '../../src/base/errors.ts'
import {readFiles} from '../../src/cli/files.ts'
import {flowVariables} from '../../src/cli/flow-variables.ts'
import {tsv} from '../../src/cli/output.ts'
import {lookOn} from '../../src/cli/plan-text.ts'
import {differenceColumns, replayText} from '../../src/cli/replay-text.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {replayFlowOperation} from '../../src/operations/flow-replay.ts'

const CHANGES_PRESENT = 10

export default class FlowReplay extends TenantCommand {
  static override summary = 'Play recorded conversations against another release of a flow, and tell what differs.'
  static override description =
    'Nothing is sent and nobody is called: calls get the answers that were recorded. Both releases are played alike, so what differs is the doing of the release. Contacts are as they are now.'
  static override examples = [
    '<%= config.bin %> flow replay menu --file flows/menu.yaml --since 7d',
    '<%= config.bin %> flow replay menu --release 3',
  ]
  static override args = {flow: string({description: 'Key, id or name.', required: true})}
  static override flags = {
    release: integer({summary: 'Number of the release.', min: 1, exclusive: ['file']}),
    file: text({summary: 'Flow file in place of a release; - is standard input.'}),
    var: text({summary: 'Value of ${var.NAME} in the file, over those of pytake.yaml: NAME=VALUE.', multiple: true}),
    since: text({summary: 'How far back, such as 7d, which it is unless told.'}),
    limit: integer({summary: 'Conversations at most, the newest ones; 500 unless told.', min: 1, max: 2000}),
    'exit-code': boolean({summary: 'Exit with 10 when something differs.'}),
  }

  async run() {
    const {args, flags} = await this.parse(FlowReplay)
    if (flags.release === undefined && flags.file === undefined)
      throw new PytakeError('BAD_REQUEST', 'Against what? Give --release or --file.')
    const [file] = flags.file === undefined ? [] : await readFiles(this.io, [flags.file])
    const replayed = await this.call(replayFlowOperation, {
      ...{id: args.flow, version: flags.release, file, since: flags.since, limit: flags.limit},
      variables: await flowVariables(this.io, flags),
    })
    const {stdout} = this.io
    if (this.wantsJson) this.show(replayed, {})
    else if (stdout.isTTY) stdout.write(replayText(replayed, lookOn(this.io, stdout)))
    else stdout.write(tsv(replayed.differences, differenceColumns))
    if (flags['exit-code'] && replayed.differences.length > 0) this.exit(CHANGES_PRESENT)
  }
}
