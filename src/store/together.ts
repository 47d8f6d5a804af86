/**
 * Waits for statements of one transaction that are given at once, which on PostgreSQL costs one round trip. It waits for
 * all of them, also where one has failed: what went on after that would go on outside of the transaction. What `Tx` does
 * itself and what is `prepared` is carried out in the order in which it is given; Kysely's own builders take a few turns to
 * get going, so those come after.
 */
export async function together<T extends readonly unknown[]>(...running: {[K in keyof T]: Promise<T[K]>}): Promise<T> {
  const outcomes = await Promise.allSettled(running)
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<unknown>).value) as unknown as T
}

/** Takes statements that are waited for later. One that fails before is heard of then, and is nobody's oversight until then. */
export const keepFor =
  (left: Promise<unknown>[]) =>
  (...given: Promise<unknown>[]): void => {
    for (const one of given) one.catch(() => undefined)
    left.push(...given)
  }
