import {compileText, TextError} from '../base/text.ts'
import {drive, endSession, enter, openRun} from './engine.ts'
import type {CompiledFlow, Run} from './node.ts'
import {emit, render, send} from './run.ts'
import {flowNames} from './scope.ts'
import type {Session, Turn, World} from './session.ts'
import type {LiveChoice} from './shape.ts'

/**
 * Takes a session that stands still to another place of a flow: to a node of this release, to its start, or out of it.
 * Undefined when there is nothing to do: it is to finish where it is, or the node is not there.
 */
export function redirectSession(
  world: World,
  session: Session,
  flow: CompiledFlow,
  choice: LiveChoice,
): Turn | undefined {
  if (choice === 'finish') return undefined
  if (choice === 'end') return ended(world, session, flow)
  if (choice === 'restart') return moved(world, session, flow, flow.start)
  if ('end' in choice) return ended(world, session, flow, choice.end)
  return flow.nodes.has(choice.move) ? moved(world, session, flow, choice.move) : undefined
}

function moved(world: World, session: Session, flow: CompiledFlow, node: string): Turn {
  // A flow that another one called has its variables from there; without them it could not begin again.
  const forgets = node === flow.start && session.stack.length === 0
  const there: Session = {
    ...session,
    flow: flow.key,
    release: flow.release,
    status: 'active',
    waiting: undefined,
    vars: forgets ? {...flow.vars} : {...flow.vars, ...session.vars},
    expiresAt: world.now + flow.expires,
  }
  const run = openRun(world, there, flow)
  emit(run, 'flow_moved', {from_release: session.release, target: node})
  return drive(run, () => enter(run, node))
}

function ended(world: World, session: Session, flow: CompiledFlow, lastWords?: string): Turn {
  const run = openRun(world, session, flow)
  if (lastWords !== undefined) say(run, lastWords, flow)
  const turn = endSession(world, session, 'replaced', 'deployed')
  return {session: turn.session, effects: [...run.effects, ...turn.effects]}
}

/** Nobody is kept inside because a text could not be filled in for them. */
function say(run: Run, source: string, flow: CompiledFlow): void {
  const {text} = compileText(source, flowNames(Object.keys(flow.vars)))
  if (!text) return
  try {
    send(run, {kind: 'text', text: render(run, text)})
  } catch (error) {
    if (!(error instanceof TextError)) throw error
    emit(run, 'expression_error', {error: error.message})
  }
}
