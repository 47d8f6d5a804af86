import {string} from '@oclif/core/args'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {configFields} from '../../src/cli/whatsapp-rows.ts'
import {activateWhatsappConfig} from '../../src/operations/whatsapp-configs.ts'

export default class WhatsappActivate extends TenantCommand {
  static override summary = 'Activate a WhatsApp number: webhooks count and messages leave.'
  static override args = {number: string({description: 'Id or name.', required: true})}

  async run() {
    const {args} = await this.parse(WhatsappActivate)
    const config = await this.call(activateWhatsappConfig, {id: args.number})
    this.show(config, configFields(config))
    this.done(`${config.name} is active.`)
  }
}
