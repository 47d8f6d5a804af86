import {string} from '@oclif/core/args'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {configFields} from '../../src/cli/whatsapp-rows.ts'
import {pauseWhatsappConfig} from '../../src/operations/whatsapp-connection.ts'

export default class WhatsappPause extends TenantCommand {
  static override summary = 'Pause the sender of a number: webhooks count, what is queued stays queued.'
  static override args = {number: string({description: 'Id or name.', required: true})}

  async run() {
    const {args} = await this.parse(WhatsappPause)
    const config = await this.call(pauseWhatsappConfig, {id: args.number})
    this.show(config, configFields(config))
    this.done(`${config.name} is paused. Go on: pytake whatsapp resume ${config.name}`)
  }
}
