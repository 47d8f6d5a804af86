import {string} from '@oclif/core/args'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {configFields} from '../../src/cli/whatsapp-rows.ts'
import {deactivateWhatsappConfig} from '../../src/operations/whatsapp-configs.ts'

export default class WhatsappDeactivate extends TenantCommand {
  static override summary =
    'Deactivate a WhatsApp number: nothing comes in, nothing leaves; what is queued stays queued.'
  static override args = {number: string({description: 'Id or name.', required: true})}

  async run() {
    const {args} = await this.parse(WhatsappDeactivate)
    const config = await this.call(deactivateWhatsappConfig, {id: args.number})
    this.show(config, configFields(config))
    this.done(`${config.name} is inactive.`)
  }
}
