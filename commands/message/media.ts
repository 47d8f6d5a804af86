import {writeFileSync} from 'node:fs'
import {resolve} from 'node:path'
import {string} from '@oclif/core/args'
import {string as text} from '@oclif/core/flags'
import {extensionOf} from '../../src/cli/media-types.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {showMedia} from '../../src/operations/media.ts'

export default class MessageMedia extends TenantCommand {
  static override summary = 'Save the file of a message.'
  static override args = {message: string({description: 'Id of the message, or SHA-256 of the file.', required: true})}
  static override flags = {
    output: text({char: 'o', summary: 'Where to write it; - is standard output. Default: a name of its own here.'}),
  }

  async run() {
    const {args, flags} = await this.parse(MessageMedia)
    const {data, ...file} = await this.call(showMedia, {id: args.message})
    const bytes = Buffer.from(data, 'base64')
    if (flags.output === '-') return void process.stdout.write(bytes)
    // A name that a customer gave is not trusted with a place on disk.
    const path = flags.output ?? `${args.message.replace(/[^\w.-]/g, '_')}${extensionOf(file.mime_type)}`
    writeFileSync(resolve(this.io.cwd, path), bytes, {flag: flags.output === undefined ? 'wx' : 'w'})
    this.show({...file, path}, {path, mime_type: file.mime_type, size: file.size, filename: file.filename})
    this.done(`${file.size} bytes are in ${path}.`)
  }
}
