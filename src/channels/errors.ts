/** What to do about a provider's error. Callers ask the class, never the code. */
export type ErrorClass =
  /** The same message again after a short while. */
  | 'retry_after'
  /** Again, but much later; the lane or the pair slows down meanwhile. */
  | 'retry_later'
  /** This recipient cannot be reached, or must not be. */
  | 'stop_recipient'
  /** Nothing can leave this number until a person mends something. */
  | 'stop_lane'
  | 'fix_template'
  | 'fix_request'
  | 'unknown'

export interface ProviderError {
  /** The provider's code as text, or ours: `timeout`, `connect`, `bad_answer`. */
  code: string
  class: ErrorClass
  /** A sentence for people. */
  message: string
  /** What to do next: a command where there is one. */
  nextStep: string
  /** The provider's own words. */
  details?: string
  /** At least this long before the next try. */
  retryAfterMs?: number
  /** What has to slow down: the whole number, or this recipient only. */
  slows?: 'lane' | 'pair'
}
