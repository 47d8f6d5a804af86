import {boolean} from '@oclif/core/flags'
import {PytakeError} from '../src/base/errors.ts'
import {PytakeCommand} from '../src/cli/command.ts'
import {onOnePage} from '../src/operations/list.ts'
import {migrateTenants, type MigrationResult} from '../src/operations/migrations.ts'

export default class Migrate extends PytakeCommand {
  static override summary = "Bring this machine's databases up to date."
  static override description = 'With --check every migration is tried on a copy, and nothing is changed.'
  static override flags = {check: boolean({summary: 'Rehearse on copies.'})}

  async run() {
    const {flags} = await this.parse(Migrate)
    const {runtime} = await this.local()
    let done = 0
    const results = await migrateTenants(runtime, {
      check: flags.check,
      onResult: ({name, error}, total) => {
        done++
        this.say(`${done}/${total} ${name}${error === null ? '' : `: ${error}`}`)
      },
    })
    await this.list<MigrationResult>(onOnePage(results), {
      tenant_id: (result) => result.tenant_id,
      name: (result) => result.name,
      applied: (result) => result.applied.join(',') || 'up to date',
      error: (result) => result.error,
    })
    const failed = results.filter((result) => result.error !== null).length
    if (failed > 0) throw new PytakeError('INTERNAL', `${failed} of ${results.length} databases could not be migrated.`)
    this.done(flags.check ? 'The rehearsal went well; nothing was changed.' : 'Every database is up to date.')
  }
}
