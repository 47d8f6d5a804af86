import {string} from '@oclif/core/args'
import {ErpCommand} from '../../src/cli/erp-command.ts'
import {erpConnectionStatus} from '../../src/operations/erp-lookups.ts'

export default class ErpStatus extends ErpCommand {
  static override summary = "State of a customer's connection: online, offline, or blocked and why."
  static override args = {customer: string({description: 'Id as "erp customer" shows it.', required: true})}

  async run() {
    const {args, flags} = await this.parse(ErpStatus)
    const where = await this.target(flags.connection)
    const answer = await this.call(erpConnectionStatus, {...where, customer_id: args.customer})
    this.show(answer, {
      customer_id: answer.customer_id,
      state: answer.state,
      blocked: answer.blocked ? `yes: ${answer.reason ?? 'no reason given'}` : 'no',
      reduced: answer.reduced ? 'yes' : undefined,
      since: answer.since ?? undefined,
      notice: answer.notice ?? undefined,
      ...Object.fromEntries(
        answer.connections.map(({login, contract_id: contract, state, blocked}, index) => [
          `connection ${index + 1}`,
          [login, contract && `contract ${contract}`, blocked ? 'blocked' : state].filter(Boolean).join(' · '),
        ]),
      ),
    })
  }
}
