import {string} from '@oclif/core/args'
import {boolean, integer, option, string as text} from '@oclif/core/flags'
import {systemClock} from '../../src/base/clock.ts'
import {messageOf} from '../../src/base/errors.ts'
import {PytakeCommand} from '../../src/cli/command.ts'
import {junit} from '../../src/cli/flow-test-junit.ts'
import {reasons, runFound, type TestOptions, type TestOutcome} from '../../src/cli/flow-test-run.ts'
import {filesText, mutationsText, summaryText} from '../../src/cli/flow-test-text.ts'
import {flowVariables} from '../../src/cli/flow-variables.ts'
import {json} from '../../src/cli/output.ts'
import {painter} from '../../src/cli/paint.ts'
import {type FoundTests, findTests} from '../../src/cli/test-files.ts'
import {untilStopped} from '../../src/cli/until-stopped.ts'
import {changeIn} from '../../src/cli/watch-folders.ts'

const TEST_FAILED = 3
const CLEAR = '\u001b[2J\u001b[3J\u001b[H'

export default class FlowTest extends PytakeCommand {
  static override summary = 'Play the dialogues of test files (*.test.yaml) against their flows.'
  static override description =
    'Needs no server and no account. Without a path: the flows of the project, or flows/. Exit code 3 when a test fails.'
  static override examples = [
    '<%= config.bin %> flow test',
    '<%= config.bin %> flow test flows/menu.test.yaml --watch',
    '<%= config.bin %> flow test flows/ --min-coverage 90 --format junit',
  ]
  static override strict = false
  static override args = {path: string({description: 'Test files, flow files, folders or patterns.'})}
  static override flags = {
    watch: boolean({summary: 'Run again whenever a file changes.', exclusive: ['format', 'json', 'update']}),
    filter: text({summary: 'Only dialogues or files with this TEXT in their name, or matching /PATTERN/.'}),
    update: boolean({summary: 'Write the golden transcripts beside the tests.', exclusive: ['filter']}),
    format: option({options: ['pretty', 'junit', 'json'] as const, summary: 'How to tell it.', default: 'pretty'})(),
    'min-coverage': integer({summary: 'Least share of nodes and of edges, per cent.', min: 0, max: 100}),
    mutate: boolean({summary: 'Change the flows bit by bit and list the changes that no test notices.'}),
    'min-mutation': integer({
      summary: 'Least share of changes noticed, per cent.',
      min: 0,
      max: 100,
      dependsOn: ['mutate'],
    }),
    var: text({summary: 'Value of ${var.NAME}, over those of pytake.yaml: NAME=VALUE.', multiple: true}),
  }

  async run() {
    const {argv, flags} = await this.parse(FlowTest)
    const {stderr} = this.io
    const options: TestOptions = {
      variables: await flowVariables(this.io, flags),
      filter: flags.filter,
      update: flags.update,
      mutate: flags.mutate,
      least: {coverage: flags['min-coverage'], mutation: flags['min-mutation']},
      progress: (file) => stderr.isTTY && this.say(`  changing ${file} …`),
    }
    const paths = argv as string[]
    if (flags.watch) return this.watch(paths, options)
    const outcome = await this.play(await findTests(this.io, paths), options)
    const why = reasons(outcome, options)
    this.tell(outcome, this.wantsJson ? 'json' : flags.format, why)
    if (why.length > 0) this.exit(TEST_FAILED)
  }

  private play(found: FoundTests, options: TestOptions): Promise<TestOutcome> {
    return runFound(this.io, (operation, input) => this.call(operation, input), found, options)
  }

  private tell(outcome: TestOutcome, format: 'pretty' | 'junit' | 'json', why: readonly string[] = []): void {
    const {stdout} = this.io
    const paint = painter(this.io, stdout)
    const {files, coverage, mutations, summary} = outcome
    if (format === 'json') stdout.write(json({...outcome, passed: why.length === 0}, stdout))
    else if (format === 'junit') stdout.write(junit(files))
    else stdout.write(filesText(files, paint) + mutationsText(mutations, paint) + summaryText(summary, coverage, paint))
    for (const path of outcome.written) this.done(`${path} written.`)
    for (const reason of why) this.failed(reason)
  }

  private async watch(paths: string[], options: TestOptions): Promise<void> {
    const stop = new AbortController()
    // The first look may refuse what was asked for; later ones only tell, and wait for the next change.
    let found = await findTests(this.io, paths)
    const rounds = async () => {
      do {
        if (this.io.stdout.isTTY) this.io.stdout.write(CLEAR)
        try {
          found = await findTests(this.io, paths)
          const outcome = await this.play(found, options)
          this.tell(outcome, 'pretty', reasons(outcome, options))
        } catch (error) {
          this.failed(messageOf(error))
        }
        this.say('Waiting for a change; Ctrl-C ends it.')
      } while (await changeIn(found.folders, systemClock, stop.signal))
    }
    this.exit(await untilStopped(async () => stop.abort(), rounds()))
  }
}
