import {string} from '@oclif/core/args'
import {yesFlag} from '../../src/cli/flags.ts'
import {jobFields} from '../../src/cli/job-rows.ts'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {cancelJobOperation, showJob} from '../../src/operations/jobs.ts'

export default class JobCancel extends TenantCommand {
  static override summary = 'Cancel a job that is not over. What it has done stays done.'
  static override args = {job: string({description: 'Id of the job.', required: true})}
  static override flags = {...yesFlag}

  async run() {
    const {args, flags} = await this.parse(JobCancel)
    const {id, kind} = await this.call(showJob, {id: args.job})
    await this.confirm(`Cancel the job ${kind} ${id}?`, flags.yes)
    const job = await this.call(cancelJobOperation, {id})
    this.show(job, jobFields(job))
    this.done('The job is cancelled.')
  }
}
