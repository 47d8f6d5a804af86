import {string} from '@oclif/core/args'
import {contactFlags, contactInput} from '../../src/cli/contact-flags.ts'
import {contactFields} from '../../src/cli/contact-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {addContact} from '../../src/operations/contacts.ts'

export default class ContactAdd extends TenantCommand {
  static override summary = 'Add a contact by telephone number.'
  static override examples = ['<%= config.bin %> contact add +5511987650001 --name "Maria Souza" --attribute plan=gold']
  static override args = {phone: string({description: 'Telephone number.', required: true})}
  static override flags = contactFlags

  async run() {
    const {args, flags} = await this.parse(ContactAdd)
    const contact = await this.call(addContact, {phone: args.phone, ...contactInput(flags)})
    this.show(contact, contactFields(contact))
    this.done(`Contact ${contact.name ?? contact.phone ?? contact.id} is there.`)
  }
}
