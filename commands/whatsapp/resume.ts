import {string} from '@oclif/core/args'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {configFields} from '../../src/cli/whatsapp-rows.ts'
import {resumeWhatsappConfig} from '../../src/operations/whatsapp-connection.ts'

export default class WhatsappResume extends TenantCommand {
  static override summary = 'Let the sender of a number run again, paused or stopped by the provider.'
  static override args = {number: string({description: 'Id or name.', required: true})}

  async run() {
    const {args} = await this.parse(WhatsappResume)
    const config = await this.call(resumeWhatsappConfig, {id: args.number})
    this.show(config, configFields(config))
    this.done(`${config.name} sends again.`)
  }
}
