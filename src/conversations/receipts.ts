import {accountOf} from '../channels/accounts.ts'
import type {Account, ApiType, Channel} from '../channels/channel.ts'
import {parseAddress} from '../contacts/identity.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {Written} from './batch.ts'

const AT_ONCE = 8
const MOST_WAITING = 1000
const ACCOUNT_MS = 5000

/**
 * Shows customers that their message was read. Nothing depends on it, so it is kept in memory, never retried, and given
 * up first when there is too much to do.
 */
export function createReceipts(
  deps: Pick<Runtime, 'stores' | 'http' | 'clock' | 'log'>,
  channels: Record<ApiType, Channel>,
) {
  const waiting: {tenantId: string; read: Written['reads'][number]}[] = []
  const accounts = new Map<string, {account: Account; at: number}>()
  let running = 0

  const accountFor = async (tenantId: string, configId: string): Promise<Account | undefined> => {
    const known = accounts.get(configId)
    if (known && deps.clock.monotonic() - known.at < ACCOUNT_MS) return known.account
    const row = await deps.stores
      .tenant(tenantId)
      .read((q) =>
        q
          .selectFrom('whatsapp_configs')
          .selectAll()
          .where('id', '=', configId)
          .where('removed_at', 'is', null)
          .executeTakeFirst(),
      )
    if (!row) return undefined
    const account = accountOf(deps, row)
    accounts.set(configId, {account, at: deps.clock.monotonic()})
    return account
  }
  const next = async () => {
    for (let one = waiting.shift(); one; one = waiting.shift()) {
      const {tenantId, read} = one
      try {
        const account = await accountFor(tenantId, read.configId)
        if (account)
          await channels[account.apiType].markRead(read.providerId, parseAddress(read.address), account, deps.http)
      } catch (error) {
        deps.log.debug({config: read.configId, error: String(error)}, 'a receipt was not shown')
      }
    }
    running--
  }
  return (tenantId: string, reads: Written['reads']): void => {
    for (const read of reads) if (waiting.length < MOST_WAITING) waiting.push({tenantId, read})
    while (running < AT_ONCE && running < waiting.length) {
      running++
      void next()
    }
  }
}
