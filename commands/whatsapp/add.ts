import {option, string} from '@oclif/core/flags'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {configFields, configFlags, configInput, limitsSentence} from '../../src/cli/whatsapp-rows.ts'
import {addWhatsappConfig} from '../../src/operations/whatsapp-configs.ts'

export default class WhatsappAdd extends TenantCommand {
  static override summary = 'Add a WhatsApp number: Cloud API (official) or Evolution API.'
  static override examples = [
    '<%= config.bin %> whatsapp add --name principal --api-type official --phone +5511940000001 --phone-number-id 1060 --business-account-id 1020 --access-token-file token --app-secret-file secret',
    '<%= config.bin %> whatsapp add --name vendas --api-type evolution --phone +5511940000002 --instance vendas --api-key-file key --webhook-secret-file secret --api-url http://127.0.0.1:8080',
  ]
  static override flags = {
    name: string({summary: 'Its name here.', required: true}),
    'api-type': option({
      options: ['official', 'evolution'] as const,
      summary: "Meta's Cloud API, or Evolution.",
      required: true,
    })(),
    phone: string({summary: 'The telephone number.', required: true}),
    ...configFlags,
  }

  async run() {
    const {flags} = await this.parse(WhatsappAdd)
    const {name, phone} = flags
    const given = await configInput(this.io, flags)
    const config = await this.call(addWhatsappConfig, {
      name,
      phone_number: phone,
      api_type: flags['api-type'],
      ...given,
    })
    this.show(config, configFields(config))
    this.done(`${config.name} is added. ${limitsSentence(config)}`)
    if (config.api_type === 'official' && !config.app_secret_set) {
      this.warning('It has no app secret: its webhooks count only when WHATSAPP_WEBHOOK_SECRET is set.')
    }
  }
}
