import {string} from '@oclif/core/args'
import {string as text} from '@oclif/core/flags'
import {ErpCommand} from '../../src/cli/erp-command.ts'
import {readText} from '../../src/cli/files.ts'
import {openErpTicket} from '../../src/operations/erp-lookups.ts'

export default class ErpTicket extends ErpCommand {
  static override summary = 'Open a ticket for a customer.'
  static override description = `The reference stands in the ticket. The same one never opens a second ticket, so a command whose outcome is
unknown (exit code 8) can be given again with it.`
  static override examples = [
    '<%= config.bin %> erp ticket 11 --title "Sem conexão" --text "Desde as 8 h." --reference VISITA-17',
  ]
  static override args = {customer: string({description: 'Id as "erp customer" shows it.', required: true})}
  static override flags = {
    title: text({summary: 'What it is about.', required: true}),
    text: text({summary: 'What happened.', exactlyOne: ['text', 'text-file']}),
    'text-file': text({summary: 'File with the same; - is standard input.'}),
    contract: text({summary: 'Id of the contract, where the customer has several.'}),
    reference: text({summary: 'Your own reference; made up when left out.'}),
  }

  async run() {
    const {args, flags} = await this.parse(ErpTicket)
    const where = await this.target(flags.connection)
    const file = flags['text-file']
    const description = flags.text ?? (file === '-' ? await this.io.stdin.read() : readText(this.io, file ?? ''))
    const ticket = await this.call(openErpTicket, {
      ...where,
      customer_id: args.customer,
      contract_id: flags.contract,
      title: flags.title,
      description,
      reference: flags.reference,
    })
    this.show(ticket, {protocol: ticket.protocol, ticket_id: ticket.ticket_id, reference: ticket.reference})
    this.done(ticket.existing ? 'It was open already under this reference.' : 'The ticket is open.')
  }
}
