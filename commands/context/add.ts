import {string} from '@oclif/core/args'
import {boolean, string as text, url} from '@oclif/core/flags'
import {askSecret, secretFrom} from '../../src/cli/ask.ts'
import {PytakeCommand} from '../../src/cli/command.ts'
import {contextFields, contextRow} from '../../src/cli/context-rows.ts'
import {currentContext, type Remote, saveContext} from '../../src/cli/contexts.ts'

export default class ContextAdd extends PytakeCommand {
  static override summary = 'Add a server to act on, or replace it.'
  static override examples = [
    '<%= config.bin %> context add production --url https://pytake.example.com --production --token-stdin < token.txt',
  ]
  static override args = {name: string({description: 'Its name here.', required: true})}
  static override flags = {
    url: url({summary: 'Address of the server, without /api/v1.', required: true}),
    'token-stdin': boolean({summary: 'Read the API token from standard input.', exclusive: ['token-file']}),
    'token-file': text({summary: 'Read the API token from a file.'}),
    production: boolean({summary: 'Changes there want --confirm with its name, or a saved plan.'}),
  }

  async run() {
    const {args, flags} = await this.parse(ContextAdd)
    const path = flags['token-stdin'] ? '-' : flags['token-file']
    const token =
      path === undefined ? await askSecret(this.io, 'API token', '--token-stdin') : await secretFrom(this.io, path)
    const context: Remote = {
      kind: 'remote',
      url: flags.url.href.replace(/\/+$/, ''),
      token: token.trim(),
      ...(flags.production ? {production: true} : {}),
    }
    const {env} = this.io
    await saveContext(env, args.name, context)
    const row = contextRow({name: args.name, ...context}, currentContext(env).name)
    this.show(row, contextFields(row))
    this.done(`Context ${args.name} is there. Use it: pytake context use ${args.name}`)
  }
}
