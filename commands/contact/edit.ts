import {string} from '@oclif/core/args'
import {PytakeError} from '../../src/base/errors.ts'
import {contactFlags, contactInput} from '../../src/cli/contact-flags.ts'
import {contactFields} from '../../src/cli/contact-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {editContact} from '../../src/operations/contacts.ts'

export default class ContactEdit extends TenantCommand {
  static override summary = 'Change a contact: name, tags, attributes, consent for marketing.'
  static override examples = ['<%= config.bin %> contact edit +5511987650001 --tag vip --no-opt-in']
  static override args = {contact: string({description: 'Id, telephone number or name.', required: true})}
  static override flags = contactFlags

  async run() {
    const {args, flags} = await this.parse(ContactEdit)
    const change = contactInput(flags)
    if (!change) throw new PytakeError('BAD_REQUEST', 'Nothing to change.', {help: 'pytake contact edit --help'})
    const contact = await this.call(editContact, {id: args.contact, ...change})
    this.show(contact, contactFields(contact))
    this.done(`Contact ${contact.name ?? contact.phone ?? contact.id} is changed.`)
  }
}
