import {string} from '@oclif/core/flags'
import {notFound, PytakeError} from '../base/errors.ts'
import type {ErpConnection} from '../operations/erp-connection-row.ts'
import {listErpConnections, showErpConnection} from '../operations/erp-connections.ts'
import {TenantCommand} from './tenant-command.ts'

/** Base of the look-ups: which connection they ask. */
export abstract class ErpCommand extends TenantCommand {
  static override baseFlags = {
    ...TenantCommand.baseFlags,
    connection: string({
      char: 'c',
      summary: 'Id or name of the ERP connection; else the default, or the only one.',
      helpGroup: 'GLOBAL',
    }),
  }

  /** The connection that was named or is meant, as the look-ups take it. */
  protected async target(name: string | undefined): Promise<Pick<ErpConnection, 'erp_type'> & {connection: string}> {
    const {id, erp_type} = await this.#connection(name)
    return {erp_type, connection: id}
  }

  async #connection(name: string | undefined): Promise<ErpConnection> {
    if (name !== undefined) return this.call(showErpConnection, {id: name})
    const {data} = await this.call(listErpConnections, {limit: 1000, sort: 'name', order: 'asc'})
    const marked = data.filter((one) => one.is_default)
    const candidates = marked.length > 0 ? marked : data
    const [only] = candidates
    if (!only) throw notFound('An ERP connection', 'pytake erp connect TYPE --name NAME --url URL')
    if (candidates.length === 1) return only
    throw new PytakeError('CONFLICT', `There are ${candidates.length} ERP connections; say which one.`, {
      details: candidates.map(({name: one, erp_type: type}) => ({field: 'connection', message: `${one} (${type})`})),
      help: 'Add --connection NAME, or make one the default: pytake erp edit NAME --default',
    })
  }
}
