/** What survives storage: every variable, effect and event is made of it. */
export type Json = null | boolean | number | string | Json[] | {[key: string]: Json}

/** True for a JSON object (not a list, not null). */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
