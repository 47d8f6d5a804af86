import {boolean, string} from '@oclif/core/flags'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {tokenFields} from '../../src/cli/token-rows.ts'
import {createTokenOperation} from '../../src/operations/tokens.ts'

export default class TokenCreate extends TenantCommand {
  static override summary = 'Create an API token. It is shown once.'
  static override examples = [
    '<%= config.bin %> token create --name ci --scope flows:publish --scope flows:read --expires-in 90d',
    '<%= config.bin %> token create --name ops --platform',
  ]
  static override flags = {
    name: string({summary: 'What it is for.', required: true}),
    scope: string({summary: 'A permission, e.g. messages:read or whatsapp:*; everything unless told.', multiple: true}),
    'expires-in': string({summary: 'How long it is good for, e.g. 90d; for ever unless told.'}),
    platform: boolean({summary: "For every tenant. In the server's own shell only."}),
  }

  async run() {
    const {flags} = await this.parse(TokenCreate)
    const token = await this.call(createTokenOperation, {
      name: flags.name,
      scopes: flags.scope,
      expires_in: flags['expires-in'],
      platform: flags.platform,
    })
    this.show(token, {...tokenFields(token), token: token.token})
    this.warning('Keep the token now; it is not shown again.')
  }
}
