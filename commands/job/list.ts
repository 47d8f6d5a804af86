import {option, string} from '@oclif/core/flags'
import {listFlags, listInputOf} from '../../src/cli/flags.ts'
import {jobColumns} from '../../src/cli/job-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {listJobs} from '../../src/operations/jobs.ts'

export default class JobList extends TenantCommand {
  static override summary = 'List jobs: calls of flows, media to fetch and the like.'
  static override flags = {
    state: option({
      options: ['pending', 'running', 'done', 'failed', 'cancelled'] as const,
      summary: 'Only this state.',
    })(),
    kind: string({summary: 'Only this kind, e.g. flow.call.'}),
    ...listFlags,
  }

  async run() {
    const {flags} = await this.parse(JobList)
    const {state, kind} = flags
    await this.list(await this.call(listJobs, {state, kind, ...listInputOf(flags)}), jobColumns)
  }
}
