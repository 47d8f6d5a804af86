import {boolean} from '@oclif/core/flags'
import {listFlags, listInputOf} from '../../src/cli/flags.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {tokenColumns} from '../../src/cli/token-rows.ts'
import {listTokens} from '../../src/operations/tokens.ts'

export default class TokenList extends TenantCommand {
  static override summary = 'List API tokens; never the tokens themselves.'
  static override flags = {platform: boolean({summary: 'Those of the platform.'}), ...listFlags}

  async run() {
    const {flags} = await this.parse(TokenList)
    await this.list(await this.call(listTokens, {platform: flags.platform, ...listInputOf(flags)}), tokenColumns)
  }
}
