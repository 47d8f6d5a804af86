import {PytakeError} from '../base/errors.ts'
import type {Database} from './database.ts'
import type {EventRow, LogHead} from './schema/control.ts'

/** What the control database and every tenant's have for their log. */
interface LogTables {
  events: EventRow
  log_head: LogHead
}

/** Any database with an event log. */
export type LogDb<S extends LogTables = LogTables> = Pick<Database<S>, 'read'>

/** A place in one log: everything up to and including `seq` was seen. */
export interface Position {
  logId: string
  seq: number
}

export interface StoredEvent {
  seq: number
  type: string
  data: Record<string, unknown>
  at: Date
}

export interface EventPage {
  events: StoredEvent[]
  /** Everything up to here was looked at, whether or not its type was wanted. */
  last: number
  /** Where the log ended when the page was read. */
  head: Position
}

export interface EventQuery {
  after: number
  limit: number
  /** Only these types; all when left out. */
  types?: readonly string[]
}

const HEAD = 1

export const formatCursor = ({logId, seq}: Position): string => `${logId}.${seq}`

/** The place a cursor means, or undefined when the text is none. */
export function parseCursor(text: string): Position | undefined {
  const [, logId, seq] = /^([0-9A-Za-z_-]{1,64})\.(\d{1,15})$/.exec(text) ?? []
  return logId === undefined || seq === undefined ? undefined : {logId, seq: Number(seq)}
}

/** A reader that stopped here can never go on without a gap. */
export function cannotResume(reason: string): PytakeError {
  return new PytakeError('CANNOT_RESUME', `Cannot resume: ${reason}`, {
    details: [{field: 'cursor', message: 'cannot resume'}],
    help: 'Begin anew from a time, such as --since 1h.',
  })
}

/** Also true for the error as another process told it. */
export const isCannotResume = (error: unknown): error is PytakeError =>
  error instanceof PytakeError && error.code === 'CANNOT_RESUME'

/** Where the log ends now. */
export function logHead<S extends LogTables>(db: LogDb<S>): Promise<Position> {
  return log(db).read(async (q) => {
    const row = await q
      .selectFrom('log_head')
      .select(['log_id', 'seq'])
      .where('id', '=', HEAD)
      .executeTakeFirstOrThrow()
    return {logId: row.log_id, seq: Number(row.seq)}
  })
}

/**
 * Events after a place, oldest first. Throws "cannot resume" when some of them are not kept any more: a reader never
 * has a gap without knowing.
 */
export async function readEvents<S extends LogTables>(db: LogDb<S>, query: EventQuery): Promise<EventPage> {
  const {after, limit, types} = query
  // First the end, then the events up to it, so that "nothing found" means nothing up to that end.
  const head = await logHead(db)
  if (head.seq <= after) return {events: [], last: after, head}
  if (types?.length === 0) return {events: [], last: head.seq, head}
  const rows = await log(db).read((q) => {
    const wanted = q
      .selectFrom('events')
      .selectAll()
      .where('seq', '>', after)
      .where('seq', '<=', head.seq)
      .orderBy('seq')
      .limit(limit)
    return (types ? wanted.where('type', 'in', [...types]) : wanted).execute()
  })
  const events = rows.map((row) => ({seq: Number(row.seq), type: row.type, data: row.data, at: row.created_at}))
  if (events[0]?.seq !== after + 1) await assertKept(db, after)
  const last = events.length === limit ? (events.at(-1)?.seq ?? head.seq) : head.seq
  return {events, last, head}
}

/** The sequence number a cursor stands for in this log. Throws "cannot resume" for a cursor of another life of it. */
export async function resumeAt<S extends LogTables>(db: LogDb<S>, position: Position): Promise<number> {
  const head = await logHead(db)
  if (head.logId !== position.logId || position.seq > head.seq) {
    throw cannotResume('this cursor belongs to another log: the data was restored, or it is of another tenant.')
  }
  if (position.seq < head.seq) await assertKept(db, position.seq)
  return position.seq
}

/** The place just before the first event since a moment, milliseconds; the end of the log when there is none. */
export async function cursorAt<S extends LogTables>(db: LogDb<S>, sinceMs: number): Promise<Position> {
  const head = await logHead(db)
  const row = await log(db).read((q) =>
    q
      .selectFrom('events')
      .select((e) => e.fn.min('seq').as('first'))
      .where('created_at', '>=', new Date(sinceMs))
      .executeTakeFirst(),
  )
  return row?.first == null ? head : {...head, seq: Number(row.first) - 1}
}

/** The place before the oldest event that is kept. */
export async function cursorAtStart<S extends LogTables>(db: LogDb<S>): Promise<Position> {
  const head = await logHead(db)
  return {...head, seq: (await oldestSeq(db)) ?? head.seq}
}

/** What follows a cursor is kept when its next event is: numbers have no gaps, and the oldest go first. */
async function assertKept<S extends LogTables>(db: LogDb<S>, after: number): Promise<void> {
  const next = await log(db).read((q) =>
    q
      .selectFrom('events')
      .select('seq')
      .where('seq', '=', after + 1)
      .executeTakeFirst(),
  )
  if (!next) throw cannotResume('what followed this cursor is older than what is kept.')
}

/** One less than the oldest event's number. */
async function oldestSeq<S extends LogTables>(db: LogDb<S>): Promise<number | undefined> {
  const row = await log(db).read((q) =>
    q
      .selectFrom('events')
      .select((e) => e.fn.min('seq').as('first'))
      .executeTakeFirst(),
  )
  return row?.first == null ? undefined : Number(row.first) - 1
}

/** Both kinds of database have these tables; Kysely cannot see that through a type parameter. */
const log = (db: unknown) => db as LogDb
