import {option} from '@oclif/core/flags'
import {listFlags, listInputOf} from '../../src/cli/flags.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {configColumns} from '../../src/cli/whatsapp-rows.ts'
import {listWhatsappConfigs} from '../../src/operations/whatsapp-configs.ts'

export default class WhatsappList extends TenantCommand {
  static override summary = 'List WhatsApp numbers.'
  static override flags = {
    'api-type': option({options: ['official', 'evolution'] as const, summary: 'Only this kind.'})(),
    ...listFlags,
  }

  async run() {
    const {flags} = await this.parse(WhatsappList)
    const input = {api_type: flags['api-type'], ...listInputOf(flags)}
    await this.list(await this.call(listWhatsappConfigs, input), configColumns)
  }
}
