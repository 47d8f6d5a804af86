import {string} from '@oclif/core/flags'
import {PytakeCommand} from './command.ts'

/** Base of every command that acts on one tenant's data. */
export abstract class TenantCommand extends PytakeCommand {
  static override baseFlags = {
    ...PytakeCommand.baseFlags,
    tenant: string({
      char: 't',
      summary: 'Id, domain or name of the tenant; else PYTAKE_TENANT, the project file, or the only one there is.',
      helpGroup: 'GLOBAL',
    }),
  }
}
