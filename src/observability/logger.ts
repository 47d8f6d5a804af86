import {pino, type Logger as PinoLogger} from 'pino'

/** Structured logs, one JSON line each, on stderr. Never message texts, phones, documents or URLs. */
export type Logger = Pick<PinoLogger, 'trace' | 'debug' | 'info' | 'warn' | 'error'>

export const createLogger = (level: string): Logger =>
  pino({level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime}, pino.destination(2))

export const silentLogger: Logger = pino({level: 'silent'})
