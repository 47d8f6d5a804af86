/** Every error a user can meet, with its HTTP status and exit code. One table for local and remote. */
const table = {
  BAD_REQUEST: {status: 400, exit: 2},
  VALIDATION_ERROR: {status: 422, exit: 2},
  INVALID_FILE: {status: 422, exit: 3},
  UNAUTHORIZED: {status: 401, exit: 4},
  FORBIDDEN: {status: 403, exit: 4},
  PLAN_LIMIT: {status: 403, exit: 4},
  NOT_FOUND: {status: 404, exit: 5},
  CONFLICT: {status: 409, exit: 6},
  STALE: {status: 412, exit: 6},
  TOO_LARGE: {status: 413, exit: 2},
  UNSUPPORTED_TYPE: {status: 415, exit: 2},
  RATE_LIMITED: {status: 429, exit: 8},
  UNAVAILABLE: {status: 503, exit: 8},
  PENDING: {status: 202, exit: 8},
  UNSUPPORTED_BY_CHANNEL: {status: 422, exit: 3},
  CANNOT_RESUME: {status: 422, exit: 1},
  INTERNAL: {status: 500, exit: 1},
} as const

export type ErrorCode = keyof typeof table

export interface ErrorDetail {
  field?: string
  message: string
  [extra: string]: unknown
}

/** An error with a reason for people. `help` is the next step, usually a command. */
export class PytakeError extends Error {
  readonly code: ErrorCode
  readonly details: ErrorDetail[]
  readonly help: string | undefined
  /** Given by the server that answered with this error. */
  readonly requestId: string | undefined

  constructor(
    code: ErrorCode,
    message: string,
    more: {details?: ErrorDetail[]; help?: string; requestId?: string; cause?: unknown} = {},
  ) {
    super(message, more.cause === undefined ? undefined : {cause: more.cause})
    this.name = 'PytakeError'
    this.code = code
    this.details = more.details ?? []
    this.help = more.help
    this.requestId = more.requestId
  }

  get status(): number {
    return table[this.code].status
  }

  get exitCode(): number {
    return table[this.code].exit
  }
}

export const errorCodes = Object.keys(table) as ErrorCode[]

export const notFound = (what: string, help?: string) => new PytakeError('NOT_FOUND', `${what} was not found.`, {help})

/** A single field that is wrong. */
export const invalid = (field: string, message: string) =>
  new PytakeError('VALIDATION_ERROR', `${field}: ${message}`, {details: [{field, message}]})

/** Several things that are wrong, as one sentence: only the last keeps its full stop. */
export function inOneSentence(details: readonly ErrorDetail[]): string {
  const texts = details.map(({field, message}) => (field ? `${field}: ${message}` : message))
  return texts.map((text, index) => (index < texts.length - 1 ? text.replace(/\.$/, '') : text)).join('; ')
}

/** An error in the specification's form (9.3); `help` and further fields of details are additions of ours. */
export function errorBody(error: PytakeError, requestId: string) {
  return {
    error: {
      code: error.code,
      message: error.message,
      details: error.details,
      ...(error.help === undefined ? {} : {help: error.help}),
      request_id: requestId,
    },
  }
}

/** What was thrown, as a sentence. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
