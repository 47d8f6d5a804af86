import {string} from '@oclif/core/args'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {configFields} from '../../src/cli/whatsapp-rows.ts'
import {showWhatsappConfig} from '../../src/operations/whatsapp-configs.ts'

export default class WhatsappShow extends TenantCommand {
  static override summary = 'Show a WhatsApp number.'
  static override args = {number: string({description: 'Id or name.', required: true})}

  async run() {
    const {args} = await this.parse(WhatsappShow)
    const config = await this.call(showWhatsappConfig, {id: args.number})
    this.show(config, configFields(config))
    if (config.lane.state === 'stopped') {
      this.warning(`Nothing leaves this number. Mend it: pytake whatsapp edit ${config.name} --access-token-file FILE`)
    }
  }
}
