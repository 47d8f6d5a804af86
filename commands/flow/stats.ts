import {string} from '@oclif/core/args'
import {string as text} from '@oclif/core/flags'
import {statsColumns, statsText} from '../../src/cli/flow-stats-text.ts'
import {tsv} from '../../src/cli/output.ts'
import {painter} from '../../src/cli/paint.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {analyseFlow} from '../../src/operations/flow-analytics.ts'

export default class FlowStats extends TenantCommand {
  static override summary = 'Show what people did in a flow: sessions by release, visits, time and drop-off by node.'
  static override examples = ['<%= config.bin %> flow stats atendimento --since 30d']
  static override args = {flow: string({description: 'Key, id or name.', required: true})}
  static override flags = {
    since: text({summary: 'From when: a duration back, or a time (ISO 8601); 7d unless told.'}),
    until: text({summary: 'Up to when; now unless told.'}),
  }

  async run() {
    const {args, flags} = await this.parse(FlowStats)
    const stats = await this.call(analyseFlow, {id: args.flow, since: flags.since, until: flags.until})
    const {stdout} = this.io
    if (this.wantsJson) this.show(stats, {})
    else stdout.write(stdout.isTTY ? statsText(stats, painter(this.io, stdout)) : tsv(stats.nodes, statsColumns))
  }
}
