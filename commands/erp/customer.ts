import {string} from '@oclif/core/args'
import {boolean} from '@oclif/core/flags'
import {ErpCommand} from '../../src/cli/erp-command.ts'
import {ageOf, customerColumns, customerFields} from '../../src/cli/erp-rows.ts'
import {findErpCustomer} from '../../src/operations/erp-lookups.ts'

export default class ErpCustomer extends ErpCommand {
  static override summary = 'Find a customer by CPF or CNPJ.'
  static override description = 'The check digits are looked at first; a wrong document is never sent.'
  static override examples = ['<%= config.bin %> erp customer 529.982.247-25']
  static override args = {document: string({description: 'CPF or CNPJ, the alphanumeric one too.', required: true})}
  static override flags = {fresh: boolean({summary: 'Ask the ERP even when a fresh answer is at hand.'})}

  async run() {
    const {args, flags} = await this.parse(ErpCustomer)
    const {document} = args
    const where = await this.target(flags.connection)
    const answer = await this.call(findErpCustomer, {...where, document, fresh: flags.fresh})
    const {customer, customers} = answer
    if (customer || this.wantsJson) this.show(answer, customer ? customerFields(customer) : {})
    else await this.list({data: customers, page: {total: customers.length, has_more: false}}, customerColumns)
    if (!customer) this.warning(`${customers.length} customers have this document.`)
    this.say(ageOf(answer))
  }
}
