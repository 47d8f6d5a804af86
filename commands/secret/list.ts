import {secretColumns} from '../../src/cli/secret-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {listSecretsOperation} from '../../src/operations/secrets.ts'

export default class SecretList extends TenantCommand {
  static override summary = 'List names of secrets, never values.'

  async run() {
    await this.parse(SecretList)
    await this.list(await this.call(listSecretsOperation, {}), secretColumns)
  }
}
