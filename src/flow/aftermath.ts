import {isOver} from './life.ts'
import type {Session, SessionStatus} from './session.ts'

/**
 * What a turn means for the conversation it happened in: it stays as it is, goes back to the bot, or is closed. `before`
 * is what the session was before the turn. A conversation that a person holds is not closed under their hands; one whose
 * flow went on after the transfer is the flow's again, so the flow's end closes it.
 */
export function aftermath(
  before: SessionStatus,
  {status}: Pick<Session, 'status'>,
  holder: string,
): 'stays' | 'returns' | 'resolved' | 'abandoned' {
  if (!isOver(status)) return before === 'transferred' && status !== 'transferred' ? 'returns' : 'stays'
  if (status === 'completed' && (holder === 'bot' || before === 'transferred')) return 'resolved'
  return status === 'abandoned' || status === 'expired' ? 'abandoned' : 'stays'
}
