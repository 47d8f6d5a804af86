import {mkdirSync, writeFileSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {string} from '@oclif/core/args'
import {string as text} from '@oclif/core/flags'
import {unreadable} from '../../src/cli/files.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {recordErp} from '../../src/operations/erp-cassettes.ts'

export default class ErpRecord extends TenantCommand {
  static override summary = 'Record real answers of an ERP as cassettes, with personal data replaced.'
  static override description = `One customer is looked up with invoices, second copy, status and plans; no ticket is opened. Names, documents,
telephones, mail, addresses, codes to pay with and every free text are replaced, the same by the same. Read what was written
before you give it away.`
  static override args = {name: string({description: 'Id or name of the connection.', required: true})}
  static override flags = {
    document: text({summary: 'CPF or CNPJ of the customer.', required: true}),
    out: text({summary: 'Folder to write to.', default: 'cassettes'}),
  }

  async run() {
    const {args, flags} = await this.parse(ErpRecord)
    const {cassettes} = await this.call(recordErp, {id: args.name, document: flags.document})
    const folder = resolve(this.io.cwd, flags.out)
    const files = cassettes.map((cassette) => ({
      name: `${cassette.erp_type}-${cassette.operation}.json`,
      body: `${JSON.stringify(cassette, undefined, 2)}\n`,
    }))
    try {
      mkdirSync(folder, {recursive: true})
      for (const {name, body} of files) writeFileSync(join(folder, name), body)
    } catch (error) {
      throw unreadable(flags.out, error)
    }
    this.show({files: files.map(({name}) => join(flags.out, name))}, {files: files.map(({name}) => name).join(', ')})
    this.done(`${files.length} cassettes are in ${flags.out}. Check them later: pytake erp verify ${flags.out}`)
  }
}
