import {string} from '@oclif/core/args'
import {yesFlag} from '../../src/cli/flags.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {removeSecretOperation} from '../../src/operations/secrets.ts'

export default class SecretRemove extends TenantCommand {
  static override summary = 'Remove a secret. Flows that refer to it fail at the call.'
  static override args = {name: string({description: 'A name from "pytake secret list".', required: true})}
  static override flags = {...yesFlag}

  async run() {
    const {args, flags} = await this.parse(SecretRemove)
    const {name} = args
    await this.confirm(`Remove secret ${name}?`, flags.yes)
    await this.call(removeSecretOperation, {name})
    this.show({name, removed: true}, {name})
    this.done(`Secret ${name} is removed.`)
  }
}
