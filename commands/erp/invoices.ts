import {string} from '@oclif/core/args'
import {boolean, option} from '@oclif/core/flags'
import {formatCents} from '../../src/base/money.ts'
import {ErpCommand} from '../../src/cli/erp-command.ts'
import {ageOf, invoiceColumns} from '../../src/cli/erp-rows.ts'
import {listErpInvoices} from '../../src/operations/erp-lookups.ts'

export default class ErpInvoices extends ErpCommand {
  static override summary = 'List invoices of a customer.'
  static override args = {customer: string({description: 'Id as "erp customer" shows it.', required: true})}
  static override flags = {
    status: option({
      options: ['open', 'overdue', 'paid', 'all'] as const,
      summary: 'Which ones; open, the overdue among them, unless told.',
    })(),
    fresh: boolean({summary: 'Ask the ERP even when a fresh answer is at hand.'}),
  }

  async run() {
    const {args, flags} = await this.parse(ErpInvoices)
    const where = await this.target(flags.connection)
    const {status, fresh} = flags
    const answer = await this.call(listErpInvoices, {...where, customer_id: args.customer, status, fresh})
    const {invoices} = answer
    if (this.wantsJson) this.show(answer, {})
    else await this.list({data: invoices, page: {total: invoices.length, has_more: false}}, invoiceColumns)
    this.say(`${invoices.length} invoices, ${formatCents(answer.total_cents)} · ${ageOf(answer)}`)
  }
}
