import {string} from '@oclif/core/args'
import {boolean} from '@oclif/core/flags'
import {yesFlag} from '../../src/cli/flags.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {tokenFields} from '../../src/cli/token-rows.ts'
import {revokeTokenOperation} from '../../src/operations/tokens.ts'

export default class TokenRevoke extends TenantCommand {
  static override summary = 'Revoke an API token.'
  static override args = {token: string({description: 'Id or name.', required: true})}
  static override flags = {platform: boolean({summary: 'One of the platform.'}), ...yesFlag}

  async run() {
    const {args, flags} = await this.parse(TokenRevoke)
    await this.confirm(`Revoke token ${args.token}? Whoever uses it is locked out.`, flags.yes)
    const token = await this.call(revokeTokenOperation, {id: args.token, platform: flags.platform})
    this.show(token, tokenFields(token))
    this.done(`Token ${token.name} is revoked. Servers follow within five seconds.`)
  }
}
