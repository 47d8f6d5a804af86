export type HttpErrorCode =
  /** The request itself cannot be written: bad URL, bad header. */
  | 'invalid'
  /** Refused by our own policy. */
  | 'blocked'
  | 'dns'
  | 'connect'
  | 'tls'
  | 'timeout'
  | 'aborted'
  /** The connection died after the request was begun. */
  | 'reset'
  | 'too_large'
  /** What came back is not HTTP. */
  | 'bad_answer'
  | 'redirect'

/**
 * A call without an answer. `phase` is `before` when surely no byte of the request was written to a connection, and
 * `after` in every other case: then the server may have done what was asked.
 */
export class HttpError extends Error {
  readonly code: HttpErrorCode
  readonly phase: 'before' | 'after'

  constructor(code: HttpErrorCode, phase: 'before' | 'after', message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : {cause})
    this.name = 'HttpError'
    this.code = code
    this.phase = phase
  }
}
