import {string} from '@oclif/core/args'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {whatsappConfigState} from '../../src/operations/whatsapp-connection.ts'

export default class WhatsappState extends TenantCommand {
  static override summary = 'Evolution: is the phone connected?'
  static override args = {number: string({description: 'Id or name.', required: true})}

  async run() {
    const {args} = await this.parse(WhatsappState)
    const answer = await this.call(whatsappConfigState, {id: args.number})
    this.show(answer, answer)
    if (answer.state !== 'open') this.say(`Pair the phone: pytake whatsapp connect ${args.number}`)
  }
}
