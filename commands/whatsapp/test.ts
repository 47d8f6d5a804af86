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
    for (const {name, ok, help} of report.checks) if (!ok && help) this.warning(`${name}: ${hint(help, args.number)}`)
    if (!report.ok) this.exit(TEST_FAILED)
    this.done(`${args.number} is fine.`)
  }
}

/** Hints are written for every place an error may show in; here the number is known, and its test is what runs. */
const hint = (help: string, number: string): string =>
  help.includes('pytake whatsapp test')
    ? 'Look at what the provider said, at the address, and at what stands between.'
    : help.replace(' NAME', ` ${number}`)
