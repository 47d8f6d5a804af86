import {string} from '@oclif/core/args'
import {string as text} from '@oclif/core/flags'
import {askSecret, secretFrom} from '../../src/cli/ask.ts'
import {secretFields} from '../../src/cli/secret-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {setSecretOperation} from '../../src/operations/secrets.ts'

export default class SecretSet extends TenantCommand {
  static override summary = 'Set a secret that flows refer to as ${secret.NAME}.'
  static override examples = ['<%= config.bin %> secret set API_TOKEN --file token.txt']
  static override args = {name: string({description: 'Letters, digits and _.', required: true})}
  static override flags = {file: text({summary: 'File with the value; - is standard input. Asked for when left out.'})}

  async run() {
    const {args, flags} = await this.parse(SecretSet)
    const value =
      flags.file === undefined
        ? await askSecret(this.io, `Value of ${args.name}`, '--file')
        : await secretFrom(this.io, flags.file)
    const secret = await this.call(setSecretOperation, {name: args.name, value})
    this.show(secret, secretFields(secret))
    this.done(`Secret ${secret.name} is set.`)
  }
}
