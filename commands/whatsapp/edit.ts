import {string} from '@oclif/core/args'
import {string as text} from '@oclif/core/flags'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {configFields, configFlags, configInput} from '../../src/cli/whatsapp-rows.ts'
import {editWhatsappConfig} from '../../src/operations/whatsapp-configs.ts'

export default class WhatsappEdit extends TenantCommand {
  static override summary = 'Change a WhatsApp number. What is left out stays.'
  static override description = 'A replaced app secret stays valid for webhooks until it is replaced again.'
  static override args = {number: string({description: 'Id or name.', required: true})}
  static override flags = {
    name: text({summary: 'New name.'}),
    phone: text({summary: 'New telephone number.'}),
    ...configFlags,
  }

  async run() {
    const {args, flags} = await this.parse(WhatsappEdit)
    const {name, phone} = flags
    const given = await configInput(this.io, flags)
    const config = await this.call(editWhatsappConfig, {id: args.number, name, phone_number: phone, ...given})
    this.show(config, configFields(config))
    this.done(`${config.name} is changed.`)
  }
}
