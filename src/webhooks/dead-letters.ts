import {storableText} from '../base/json-text.ts'
import type {Runtime} from '../runtime/runtime.ts'

/** Dead letters of numbers that no tenant owns; beyond this the oldest go (rules 2.5). */
const MOST_UNOWNED = 10_000

export interface DeadLetter {
  reason: 'unowned' | 'unparsed' | 'tenant_broken'
  tenantId?: string
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
      data: {reason: letters[0]?.reason ?? 'unowned', count: letters.length, dropped: Number(dropped.numDeletedRows)},
    })
  })
}
