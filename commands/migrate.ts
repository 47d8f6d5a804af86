import {boolean} from '@oclif/core/flags'
import {parseConfig} from '../src/base/config.ts'
import {PytakeError} from '../src/base/errors.ts'
import {PytakeCommand} from '../src/cli/command.ts'
import {onOnePage} from '../src/operations/list.ts'
import {migrateAll, type MigrationResult, rehearseAll} from '../src/operations/migrations.ts'

export default class Migrate extends PytakeCommand {
  static override summary = "Bring this machine's databases up to date."
  static override description =
    'With --check every migration is tried on a copy of its database, the control database first, and nothing is changed.'
  static override flags = {check: boolean({summary: 'Rehearse on copies.'})}

  async run() {
    const {flags} = await this.parse(Migrate)
    let done = 0
    const onResult = ({name, error}: MigrationResult, total: number) => {
      done++
      this.say(`${done}/${total} ${name}${error === null ? '' : `: ${error}`}`)
    }
    const results = flags.check
      ? await rehearseAll({config: await this.#config()}, onResult)
      : await migrateAll((await this.local()).runtime, onResult)
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

  /** Where this machine's data is. Opening it, as other commands do, would migrate it. */
  async #config() {
    const {context} = await this.where()
    // Refuses, before anything is opened.
    if (context.kind === 'remote') await this.local()
    const {env} = this.io
    return parseConfig(context.kind === 'folder' ? {...env, PYTAKE_HOME: context.home, DATABASE_URL: ''} : env)
  }
}
