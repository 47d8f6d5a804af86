import {string} from '@oclif/core/args'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {testHook} from '../../src/operations/hook-actions.ts'

const TEST_FAILED = 3

export default class HookTest extends TenantCommand {
  static override summary = 'Tell a hook a made-up event now, once, and show what it answers.'
  static override description = 'Its type is hook_test. Exit code 3 when it was not taken.'
  static override args = {hook: string({description: 'Id or name.', required: true})}

  async run() {
    const {args} = await this.parse(HookTest)
    const report = await this.call(testHook, {id: args.hook})
    const {ok, status, response, error, ms} = report
    this.show(report, {status: status ?? 'no answer', ms, response: response || undefined, error: error ?? undefined})
    if (ok) return this.done(`${args.hook} took it.`)
    this.failed(`${args.hook} did not take it.`)
    this.exit(TEST_FAILED)
  }
}
