import {string} from '@oclif/core/args'
import {yesFlag} from '../../src/cli/flags.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {removeWhatsappConfig, showWhatsappConfig} from '../../src/operations/whatsapp-configs.ts'

export default class WhatsappRemove extends TenantCommand {
  static override summary = 'Remove a WhatsApp number and its secrets. Conversations and messages stay.'
  static override args = {number: string({description: 'Id or name.', required: true})}
  static override flags = {...yesFlag}

  async run() {
    const {args, flags} = await this.parse(WhatsappRemove)
    const {id, name, phone_number: phone} = await this.call(showWhatsappConfig, {id: args.number})
    await this.confirm(`Remove ${name} (${phone}) with its secrets?`, flags.yes)
    await this.call(removeWhatsappConfig, {id})
    this.show({id, removed: true}, {id})
    this.done(`${name} is removed.`)
  }
}
