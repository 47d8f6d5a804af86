import {boolean, option, string} from '@oclif/core/flags'
import {TenantCommand} from '../src/cli/tenant-command.ts'
import {tail} from '../src/cli/tail.ts'
import {PytakeError} from '../src/base/errors.ts'
import {eventStatuses} from '../src/operations/event-filter.ts'
import {listEventsOperation} from '../src/operations/events.ts'
import {listWhatsappConfigs} from '../src/operations/whatsapp-configs.ts'

export default class Tail extends TenantCommand {
  static override summary = 'Watch what happens, one event a line.'
  static override description =
    'Follows the event log of a tenant: over the server of a remote context, or straight from the data here, with or ' +
    'without a server. Steps of flows and the like are shown with --verbose; --json prints everything. ' +
    'In a pipe each event is a row of time, direction, contact, words, detail and place, with tabs between.'
  static override examples = [
    '<%= config.bin %> tail --since 10m',
    '<%= config.bin %> tail --type message_failed,lane_stopped',
    '<%= config.bin %> tail --since 1h --no-follow --json | jq .type',
  ]
  static override flags = {
    since: string({summary: 'From when: 10m, a time, or the cursor of the last event seen; now unless told.'}),
    follow: boolean({summary: 'Stay and show what comes (default).', default: true, allowNo: true}),
    type: string({summary: 'Only these types of event, by comma.', multiple: true, delimiter: ','}),
    config: string({summary: 'Only this WhatsApp number: id or name of its config.'}),
    contact: string({summary: 'Only this contact: id, telephone number or name.'}),
    flow: string({summary: 'Only this flow: key, id or name.'}),
    direction: option({options: ['inbound', 'outbound'] as const, summary: 'Only messages of this direction.'})(),
    status: option({
      options: eventStatuses,
      summary: 'Only this status of a message, a conversation or a flow that ended.',
    })(),
    verbose: boolean({char: 'v', summary: 'Also steps of flows and messages entering the queue.'}),
  }

  async run() {
    const {flags} = await this.parse(Tail)
    const {type, config, contact, flow, direction, status} = flags
    const code = await tail({
      io: this.io,
      where: await this.where(),
      read: (input) => this.call(listEventsOperation, input),
      say: (text) => this.say(text),
      filter: {type, config, contact, flow, direction, status},
      since: flags.since,
      follow: flags.follow,
      json: this.wantsJson,
      // Whoever names a type wants to see it.
      verbose: flags.verbose || type !== undefined,
      numbers: this.wantsJson ? undefined : await this.numbers(),
    })
    this.exit(code)
  }

  /** Events know numbers by the id of their config, people by name. */
  private async numbers(): Promise<ReadonlyMap<string, string>> {
    try {
      const {data} = await this.call(listWhatsappConfigs, {limit: 1000})
      return new Map(data.map(({id, name}) => [id, name]))
    } catch (error) {
      // A token may be good for events alone, and names are no reason to watch nothing.
      if (error instanceof PytakeError && error.code !== 'NOT_FOUND') return new Map()
      throw error
    }
  }
}
