import {string} from '@oclif/core/args'
import {boolean} from '@oclif/core/flags'
import {TenantCommand} from '../../src/cli/tenant-command.ts'
import {jobFields} from '../../src/cli/job-rows.ts'
import {watchJob} from '../../src/cli/watch-job.ts'
import {syncErpConnection} from '../../src/operations/erp-connections.ts'
import type {LocalClient} from '../../src/operations/local.ts'
import {type Job, showJob} from '../../src/operations/jobs.ts'

const FAILED = 1
const PENDING = 8

export default class ErpSync extends TenantCommand {
  static override summary = 'Bring customers and invoices of an ERP into contacts now.'
  static override description = `A contact gets the attributes erp_customer_id, erp_plan, erp_status, erp_open_cents, erp_overdue_cents and the
like; name and e-mail only where there was none. Each invoice that falls overdue is told once as the event invoice_overdue.
Regular syncs: erp edit NAME --sync --sync-interval SECONDS.`
  static override args = {name: string({description: 'Id or name of the connection.', required: true})}
  static override flags = {'no-wait': boolean({summary: 'Do not wait for the end.'})}

  async run() {
    const {args, flags} = await this.parse(ErpSync)
    const {context} = await this.where()
    // Opened before the call, so that both are one client.
    const here = context.kind === 'remote' ? undefined : await this.local()
    const {server, ...queued} = await this.call(syncErpConnection, {id: args.name})
    const job = flags['no-wait'] ? queued : await this.#end(queued, server ? undefined : here)
    this.show(job, jobFields(job))
    if (job.state === 'done') return this.done('The sync is complete.')
    if (job.state === 'failed') {
      this.failed(job.error ?? 'The sync failed.')
      this.exit(FAILED)
    }
    this.warning(`The sync is ${job.state}. How it goes: pytake job show ${job.id}`)
    if (!flags['no-wait']) this.exit(PENDING)
  }

  /** Where no server is running, this process does the work itself. */
  async #end(job: Job, here: LocalClient | undefined): Promise<Job> {
    if (!here)
      return watchJob(
        job,
        () => this.call(showJob, {id: job.id}),
        (text) => this.say(text),
      )
    const {tenant} = await this.where()
    const {runJobHere} = await import('../../src/operations/run-job.ts')
    return runJobHere(here.runtime, {osUser: this.io.osUser, tenant}, job.id)
  }
}
