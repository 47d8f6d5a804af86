/** A token bucket: up to `capacity` at once, one more every `refillMs`. */
export interface Bucket {
  tokens: number
  /** When `tokens` was true, ms. */
  at: number
}

export interface Pace {
  capacity: number
  refillMs: number
}

/** A config's rate: ten seconds' worth at once, then a steady refill. Null is no limit. */
export const paceOfRate = (perMinute: number | null): Pace | null =>
  perMinute === null ? null : {capacity: Math.max(1, perMinute / 6), refillMs: 60_000 / Math.max(1, perMinute)}

export const fullBucket = (pace: Pace, now: number): Bucket => ({tokens: pace.capacity, at: now})

/** The bucket as it is at `now`. A clock that stepped back refills nothing. */
export function refilled(bucket: Bucket, pace: Pace, now: number): Bucket {
  const gained = Math.max(0, now - bucket.at) / pace.refillMs
  return {tokens: Math.min(pace.capacity, bucket.tokens + gained), at: Math.max(now, bucket.at)}
}

/** Milliseconds until one can be taken with `reserve` left over; 0 when now. The bucket must be refilled. */
export const waitFor = (bucket: Bucket, pace: Pace, reserve = 0): number =>
  Math.max(0, Math.ceil((1 + reserve - bucket.tokens) * pace.refillMs))

/**
 * Puts in the buckets that were used and drops those that are full again, which is what a new one is. The map goes from the
 * bucket used longest ago to the youngest, so that no more is looked at than is dropped: a lane may hold one for each of
 * a hundred thousand people.
 */
export function keepBuckets(
  kept: Map<string, Bucket>,
  used: ReadonlyMap<string, Bucket>,
  {pace, now}: {pace: Pace; now: number},
): void {
  for (const [key, bucket] of used) {
    kept.delete(key)
    kept.set(key, bucket)
  }
  for (const [key, bucket] of kept) {
    if (refilled(bucket, pace, now).tokens < pace.capacity) return
    kept.delete(key)
  }
}
