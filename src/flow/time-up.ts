import {endSession, runTurn} from './engine.ts'
import type {Session, Turn, World} from './session.ts'

/** The turn of a session whose `dueAt` has come; undefined when it had moved on by then. */
export function timeUp(world: World, session: Session): Turn | undefined {
  const turn = runTurn(world, session, {kind: 'timeout', number: session.number})
  if (turn.session !== session) return turn
  return world.now >= session.expiresAt ? endSession(world, session, 'expired', 'expired') : undefined
}
