import {boolean} from '@oclif/core/flags'
import {ErpCommand} from '../../src/cli/erp-command.ts'
import {ageOf, planColumns} from '../../src/cli/erp-rows.ts'
import {listErpPlans} from '../../src/operations/erp-lookups.ts'

export default class ErpPlans extends ErpCommand {
  static override summary = 'List the plans on offer.'
  static override flags = {fresh: boolean({summary: 'Ask the ERP even when a fresh answer is at hand.'})}

  async run() {
    const {flags} = await this.parse(ErpPlans)
    const where = await this.target(flags.connection)
    const answer = await this.call(listErpPlans, {...where, fresh: flags.fresh})
    const {plans} = answer
    if (this.wantsJson) this.show(answer, {})
    else await this.list({data: plans, page: {total: plans.length, has_more: false}}, planColumns)
    this.say(ageOf(answer))
  }
}
