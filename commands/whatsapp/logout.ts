import {string} from '@oclif/core/args'
import {yesFlag} from '../../src/cli/flags.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {logoutWhatsappConfig} from '../../src/operations/whatsapp-connection.ts'

export default class WhatsappLogout extends TenantCommand {
  static override summary = 'Evolution: unpair the phone. Messages stop until it is paired again.'
  static override args = {number: string({description: 'Id or name.', required: true})}
  static override flags = {...yesFlag}

  async run() {
    const {args, flags} = await this.parse(WhatsappLogout)
    await this.confirm(`Unpair the phone of ${args.number}?`, flags.yes)
    const answer = await this.call(logoutWhatsappConfig, {id: args.number})
    this.show(answer, answer)
    this.done(`The phone of ${args.number} is unpaired.`)
  }
}
