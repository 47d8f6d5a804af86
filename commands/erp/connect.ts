import {string} from '@oclif/core/args'
import {string as text} from '@oclif/core/flags'
import {askSecret} from '../../src/cli/ask.ts'
import {erpFlags, erpInput} from '../../src/cli/erp-flags.ts'
import {connectionFields} from '../../src/cli/erp-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {connectErp} from '../../src/operations/erp-connections.ts'

const types = ['hubsoft', 'ixcsoft', 'mksolutions', 'sisgp'] as const

export default class ErpConnect extends TenantCommand {
  static override summary = 'Connect an ERP: hubsoft, ixcsoft, mksolutions or sisgp.'
  static override description = `sisgp is SGP of TSMX (sgp.net.br). What the ERP cannot do is said at once.

hubsoft      key = client_id, secret = client_secret, --username, --password-file
ixcsoft      key = token as shown there (ID:HEX); tickets: --setting ticket_subject=ID --setting ticket_department=ID
mksolutions  key = user token, secret = counter-password; tickets: --setting ticket_process=ID --setting ticket_class=ID
sisgp        key = token, --app`
  static override examples = [
    '<%= config.bin %> erp connect ixcsoft --name ixc --url https://ixc.provedor.com.br --api-key-file token',
  ]
  static override args = {type: string({description: 'Which ERP.', options: [...types], required: true})}
  static override flags = {
    name: text({summary: 'Its name here.', required: true}),
    url: text({summary: 'Base address of the ERP.', required: true}),
    ...erpFlags,
  }

  async run() {
    const {args, flags} = await this.parse(ErpConnect)
    const given = await erpInput(this.io, flags)
    const key = given.api_key ?? (await askSecret(this.io, 'The key or token', '--api-key-file'))
    const one = await this.call(connectErp, {
      ...given,
      erp_type: args.type as (typeof types)[number],
      name: flags.name,
      api_url: flags.url,
      api_key: key,
    })
    this.show(one, connectionFields(one))
    this.done(`${one.name} is connected. Try it: pytake erp test ${one.name}`)
    for (const [operation, why] of Object.entries(one.capabilities.unsupported)) this.warning(`${operation}: ${why}`)
    for (const note of one.capabilities.notes) this.say(`  ${note}`)
  }
}
