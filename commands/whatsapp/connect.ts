import {string} from '@oclif/core/args'
import {boolean, string as text} from '@oclif/core/flags'
import {waitForPhone} from '../../src/cli/pairing.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {connectWhatsappConfig, whatsappConfigState} from '../../src/operations/whatsapp-connection.ts'

export default class WhatsappConnect extends TenantCommand {
  static override summary = 'Evolution: pair a phone. Draws the QR code and waits until it is scanned.'
  static override examples = [
    '<%= config.bin %> whatsapp connect vendas --server-url https://pytake.example.com',
    '<%= config.bin %> whatsapp connect vendas --pairing-code',
  ]
  static override args = {number: string({description: 'Id or name.', required: true})}
  static override flags = {
    'server-url': text({summary: 'Address of this server as Evolution sees it; its webhook is set to it.'}),
    'pairing-code': boolean({summary: 'A code to type on the phone, instead of one to scan.'}),
    wait: boolean({
      summary: 'Wait until the phone is paired; --no-wait and --json do not.',
      default: true,
      allowNo: true,
    }),
  }

  async run() {
    const {args, flags} = await this.parse(WhatsappConnect)
    const id = args.number
    const connect = (serverUrl?: string) =>
      this.call(connectWhatsappConfig, {id, server_url: serverUrl, pairing_code: flags['pairing-code']})
    const pairing = await connect(flags['server-url'])
    if (pairing.state === 'pairing' && flags.wait && !this.wantsJson) {
      const state = async () => (await this.call(whatsappConfigState, {id})).state
      await waitForPhone(this.io, pairing, {again: () => connect(), state})
      return this.done(`The phone of ${id} is connected.`)
    }
    this.show(pairing, {...pairing})
    if (pairing.state === 'open') this.done(`The phone of ${id} is connected.`)
  }
}
