import {string} from '@oclif/core/flags'
import {secretFrom} from '../../src/cli/ask.ts'
import {hookFields, hookFlags, secretFlag, typeFlag, typesOf} from '../../src/cli/hook-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {createHook} from '../../src/operations/hooks.ts'

export default class HookAdd extends TenantCommand {
  static override summary = 'Add a hook: a system of yours that is told what happens. Its secret is shown once.'
  static override description =
    'Each event is a POST, signed by the Standard Webhooks scheme, and told again over three days until it is answered with 2xx. An event may come twice, with the same webhook-id. The address must be a public one.'
  static override examples = [
    '<%= config.bin %> hook add --name crm --url https://crm.example.com/pytake --type message_received,message_read',
    '<%= config.bin %> hook add --name log --url https://log.example.com/in --type "*" --ordered',
  ]
  static override flags = {
    name: string({summary: 'Its name here.', required: true}),
    url: string({summary: 'Where it is told.', required: true}),
    type: string({...typeFlag, required: true}),
    ...hookFlags,
    ...secretFlag,
  }

  async run() {
    const {flags} = await this.parse(HookAdd)
    const {name, url, ordered, concurrency} = flags
    const file = flags['secret-file']
    const secret = file === undefined ? undefined : await secretFrom(this.io, file)
    const hook = await this.call(createHook, {
      name,
      url,
      types: typesOf(flags.type) ?? [],
      ordered,
      concurrency,
      secret,
    })
    this.show(hook, hookFields(hook))
    this.done(`${hook.name} is told what happens from now on. Try it: pytake hook test ${hook.name}`)
    this.warning('Keep the secret now; it is not shown again.')
  }
}
