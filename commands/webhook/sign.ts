import {string} from '@oclif/core/args'
import {string as text} from '@oclif/core/flags'
import {secretFrom} from '../../src/cli/ask.ts'
import {PytakeCommand} from '../../src/cli/command.ts'
import {readBytes} from '../../src/cli/files.ts'
import {json} from '../../src/cli/output.ts'
import {signWebhook} from '../../src/operations/webhooks.ts'

export default class WebhookSign extends PytakeCommand {
  static override summary = 'Print the header that signs a webhook body, as Meta would send it.'
  static override examples = [
    'curl -H "$(<%= config.bin %> webhook sign body.json --secret-file app.secret)" --data-binary @body.json URL',
  ]
  static override args = {file: string({description: 'The body; - is standard input.', required: true})}
  static override flags = {'secret-file': text({summary: 'File with the app secret.', required: true})}

  async run() {
    const {args, flags} = await this.parse(WebhookSign)
    const secret = await secretFrom(this.io, flags['secret-file'])
    const body = args.file === '-' ? Buffer.from(await this.io.stdin.read()) : readBytes(this.io, args.file)
    const {header, value} = await this.call(signWebhook, {body: body.toString('base64'), secret})
    const {stdout} = this.io
    stdout.write(this.wantsJson ? json({header, value}, stdout) : `${header}: ${value}\n`)
  }
}
