import {string} from '@oclif/core/args'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {testWhatsappConfig} from '../../src/operations/whatsapp-connection.ts'

const TEST_FAILED = 3

export default class WhatsappTest extends TenantCommand {
  static override summary = 'Ask the provider about a number: token, state, quality, webhook.'
  static override description = 'Nothing is changed and nobody is messaged. Exit code 3 when a check failed.'
  static override args = {number: string({description: 'Id or name.', required: true})}

  async run() {
    const {args} = await this.parse(WhatsappTest)
    const report = await this.call(testWhatsappConfig, {id: args.number})
    this.show(
      report,
      Object.fromEntries(report.checks.map(({name, ok, message}) => [name, `${ok ? 'ok' : 'FAILED'}  ${message}`])),
    )
    for (const {name, ok, help} of report.checks) if (!ok && help) this.warning(`${name}: ${help}`)
    if (!report.ok) this.exit(TEST_FAILED)
    this.done(`${args.number} is fine.`)
  }
}
