import {boolean, string} from '@oclif/core/flags'
import {contactColumns} from '../../src/cli/contact-rows.ts'
import {given, listFlags, listInputOf} from '../../src/cli/flags.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {listContacts} from '../../src/operations/contacts.ts'

export default class ContactList extends TenantCommand {
  static override summary = 'List contacts.'
  static override flags = {
    search: string({summary: 'Telephone number, or part of a name or e-mail address.'}),
    tag: string({summary: 'Only with this tag.'}),
    'opt-in': boolean({summary: 'Only who agreed to marketing, or with --no-opt-in who did not.', allowNo: true}),
    ...listFlags,
  }

  async run() {
    const {flags} = await this.parse(ContactList)
    const filters = given({search: flags.search, tag: flags.tag, opted_in: flags['opt-in']})
    await this.list(await this.call(listContacts, {...filters, ...listInputOf(flags)}), contactColumns)
  }
}
