import {storableText} from '../base/json-text.ts'
import type {Runtime} from '../runtime/runtime.ts'

/** Dead letters of numbers that no tenant owns; beyond this the oldest go. */
const MOST_UNOWNED = 10_000

export interface DeadLetter {
  reason: 'unowned' | 'unparsed' | 'tenant_broken'
  tenantId?: string
  configId?: string
  /** Of the provider: the id of a number, or an instance. */
  number?: string
  body: string
}

/** Keeps in the control database what no tenant's inbox could take. Throws `UNAVAILABLE` when even that fails. */
export async function keepDeadLetters(
  {stores, clock}: Pick<Runtime, 'stores' | 'clock'>,
  letters: readonly DeadLetter[],
): Promise<void> {
  if (letters.length === 0) return
  const now = clock.now()
  await stores.control.write(async (tx) => {
    await tx.insert(
      'dead_letters',
      letters.map(({reason, tenantId, body}) => ({
        reason,
        tenant_id: tenantId ?? null,
        body: storableText(body),
        received_at: new Date(now),
      })),
    )
    const newest = await tx.db
      .selectFrom('dead_letters')
      .select((e) => e.fn.max('id').as('id'))
      .executeTakeFirst()
    const dropped = await tx.db
      .deleteFrom('dead_letters')
      .where('id', '<=', Number(newest?.id ?? 0) - MOST_UNOWNED)
      .where('reason', '=', 'unowned')
      .executeTakeFirst()
    tx.emit({
      type: 'dead_lettered',
      at: now,
      data: {...toldOf(letters), count: letters.length, dropped: Number(dropped.numDeletedRows)},
    })
  })
}

/** Letters that are kept together have one reason, and at most one tenant. */
function toldOf(letters: readonly DeadLetter[]) {
  const [first] = letters
  const known = (values: (string | undefined)[]) => [...new Set(values)].filter((value) => value !== undefined)
  const configs = known(letters.map(({configId}) => configId))
  return {
    reason: first?.reason ?? 'unowned',
    tenant_id: first?.tenantId,
    config_id: configs.length === 1 ? configs[0] : undefined,
    numbers: known(letters.map(({number}) => number)),
  }
}
