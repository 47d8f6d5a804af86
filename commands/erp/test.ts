import {string} from '@oclif/core/args'
import {string as text} from '@oclif/core/flags'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {testErpConnection} from '../../src/operations/erp-connections.ts'

const TEST_FAILED = 3

export default class ErpTest extends TenantCommand {
  static override summary = 'Try an ERP connection: address, clock, credentials and each operation.'
  static override description = 'Nothing is changed there and no ticket is opened. Exit code 3 when a check failed.'
  static override args = {name: string({description: 'Id or name.', required: true})}
  static override flags = {
    document: text({summary: 'CPF or CNPJ of a customer, to try the operations that need one.'}),
  }

  async run() {
    const {args, flags} = await this.parse(ErpTest)
    const report = await this.call(testErpConnection, {id: args.name, document: flags.document})
    this.show(
      report,
      Object.fromEntries(report.checks.map(({name, ok, message}) => [name, `${ok ? 'ok' : 'FAILED'}  ${message}`])),
    )
    for (const {name, help} of report.checks) if (help) this.warning(`${name}: ${help}`)
    if (!report.ok) this.exit(TEST_FAILED)
    this.done(`${args.name} is fine.`)
  }
}
