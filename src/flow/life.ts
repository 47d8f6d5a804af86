import type {Session, SessionStatus} from './session.ts'

/** True for the states nothing leads out of. */
export const isOver = (status: SessionStatus) => status !== 'active' && status !== 'calling' && status !== 'transferred'

/** When the session wants a `timeout` input, milliseconds; null when it is over. */
export function dueAt(session: Session): number | null {
  return isOver(session.status) ? null : Math.min(session.waiting?.until ?? Infinity, session.expiresAt)
}
