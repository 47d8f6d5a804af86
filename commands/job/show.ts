import {string} from '@oclif/core/args'
import {jobFields} from '../../src/cli/job-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {showJob} from '../../src/operations/jobs.ts'

export default class JobShow extends TenantCommand {
  static override summary = 'Show a job: how far it is, what came of it.'
  static override args = {job: string({description: 'Id of the job.', required: true})}

  async run() {
    const {args} = await this.parse(JobShow)
    const job = await this.call(showJob, {id: args.job})
    this.show(job, jobFields(job))
  }
}
