import {string} from '@oclif/core/args'
import {contactFields} from '../../src/cli/contact-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {showContact} from '../../src/operations/contacts.ts'

export default class ContactShow extends TenantCommand {
  static override summary = 'Show a contact.'
  static override args = {contact: string({description: 'Id, telephone number or name.', required: true})}

  async run() {
    const {args} = await this.parse(ContactShow)
    const contact = await this.call(showContact, {id: args.contact})
    this.show(contact, contactFields(contact))
  }
}
