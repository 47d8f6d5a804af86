import {ExpressionError} from '../base/expression.ts'
import {TextError} from '../base/text.ts'
import {newSession, resumptionOf, type StartInput} from './inputs.ts'
import {ContentError} from './message-content.ts'
import type {CompiledFlow, CompiledNode, Run, Step} from './node.ts'
import {emit, LimitError, MOST_STEPS, replaceVariables, setOutcome} from './run.ts'
import {openScope} from './scope.ts'
import type {CompiledFlowRef, Frame, Input, Json, Session, SessionStatus, Turn, World} from './session.ts'

const DEEPEST_STACK = 8

type Leave = Extract<Step, {do: 'leave'}>

/**
 * Runs a session until it stands still. Pure: nothing is read but the arguments, nothing is changed but what is returned.
 * Without a session the input must be `start` and `flow` the release to begin with; with one, `flow` may be left out and
 * is taken from `world.release`. An input the session does not stand for gives it back as it is, without effects.
 */
export function runTurn(world: World, session: Session | null, input: Input, flow?: CompiledFlow): Turn {
  if (session === null) {
    if (input.kind !== 'start' || !flow) throw new Error('A session begins with a start input and a flow.')
    return begin(world, input, flow)
  }
  const resumption = resumptionOf(world, session, input)
  if (!resumption) return {session, effects: []}
  const current = compiled(flow?.release === session.release ? flow : world.release(session.release))
  if (!current) return endSession(world, session, 'failed', 'release_missing')
  if (resumption === 'expired') return endSession(world, session, 'expired', 'expired')
  const run = openRun(world, session, current)
  if (input.kind !== 'timeout') run.session.expiresAt = world.now + current.expires
  run.session.status = 'active'
  return drive(run, () => run.node.behaviour.resume?.(run, resumption) ?? {do: 'leave', outcome: 'error'})
}

/** Ends a session from outside: a newer one replaces it, a loop of bots, expiry. */
export function endSession(
  world: World,
  session: Session,
  status: Exclude<SessionStatus, 'active' | 'calling' | 'transferred' | 'completed'>,
  reason: string,
): Turn {
  const ended: Session = {...session, status, waiting: undefined, result: {reason, node: session.node ?? undefined}}
  const place = {session: session.id, flow: session.flow, release: session.release, node: session.node}
  const type = status === 'failed' ? 'flow_failed' : 'flow_ended'
  return {session: ended, effects: [{kind: 'event', type, data: {...place, status, reason, at: world.now}}]}
}

function begin(world: World, input: StartInput, flow: CompiledFlow): Turn {
  const session = newSession(world, input, flow)
  const run = openRun(world, session, flow)
  emit(run, 'flow_started', {message: input.message?.id ?? null})
  return drive(run, () => enter(run, flow.start))
}

/** A compiled flow behind the opaque reference that the world hands out. */
function compiled(ref: CompiledFlowRef | undefined): CompiledFlow | undefined {
  return ref && 'nodes' in ref ? (ref as CompiledFlow) : undefined
}

const nowhere: CompiledNode = {id: '', type: '', edges: [], behaviour: {enter: () => ({do: 'end'})}, good: () => false}

/** A turn in the making. */
export function openRun(world: World, session: Session, flow: CompiledFlow): Run {
  const copy: Session = {...session, visits: {...session.visits}}
  return {
    world,
    moment: {now: world.now, timeZone: world.timeZone},
    session: copy,
    scope: openScope(world, copy, flow.scope),
    effects: [],
    flow,
    node: flow.nodes.get(session.node ?? '') ?? nowhere,
    steps: 0,
    messages: 0,
  }
}

/** Runs on until the session stands still. */
export function drive(run: Run, first: () => Step): Turn {
  try {
    let step: Step | undefined = guarded(run, first)
    while (step) step = carryOut(run, step)
  } catch (error) {
    if (!(error instanceof LimitError)) throw error
    finish(run, 'failed', {reason: error.message})
  }
  return {session: run.session, effects: run.effects}
}

/** What an author or a customer can make go wrong is the outcome `error` with an event; only our own faults throw. */
function guarded(run: Run, make: () => Step): Step {
  try {
    return make()
  } catch (error) {
    const theirs = error instanceof ExpressionError || error instanceof TextError || error instanceof ContentError
    if (!theirs) throw error
    emit(run, 'expression_error', {error: error.message})
    return {do: 'leave', outcome: 'error', reason: error.message}
  }
}

/** Comes to a node and does its work. */
export function enter(run: Run, id: string): Step {
  if (++run.steps > MOST_STEPS) throw new LimitError(`More than ${MOST_STEPS} steps in one turn.`)
  const node = run.flow.nodes.get(id)
  if (!node) throw new LimitError(`The release has no node "${id}".`)
  const {session} = run
  run.node = node
  session.node = id
  session.waiting = undefined
  session.visits[id] = (session.visits[id] ?? 0) + 1
  return guarded(run, () => node.behaviour.enter(run))
}

function carryOut(run: Run, step: Step): Step | undefined {
  switch (step.do) {
    case 'leave':
      return leave(run, step)
    case 'jump':
      return jump(run, step)
    case 'end':
      setOutcome(run, step.outcome ?? 'ok')
      emit(run, 'flow_step', {type: run.node.type, outcome: run.session.outcome})
      return conclude(run, 'completed', {outcome: step.outcome, output: step.output})
    default:
      stand(run, step)
      return undefined
  }
}

function stand(run: Run, step: Extract<Step, {do: 'wait' | 'call' | 'transfer'}>) {
  const {session, node} = run
  const number = ++session.number
  if (step.do === 'wait') {
    const {until, tries, gathered} = step
    session.status = 'active'
    session.waiting = {for: 'message', node: node.id, until, tries, gathered}
    emit(run, 'flow_waiting', {until, tries})
  } else if (step.do === 'call') {
    const idempotencyKey = `${session.id}.${node.id}.${session.visits[node.id] ?? 0}`
    session.status = 'calling'
    session.waiting = {for: 'call', node: node.id, until: null, tries: 0}
    run.effects.push({kind: 'call', node: node.id, number, request: {...step.request, idempotencyKey}})
    emit(run, 'flow_call', {kind: step.request.kind, number})
  } else {
    const {until, queue, user, note} = step
    session.status = 'transferred'
    session.waiting = {for: 'transfer', node: node.id, until, tries: 0}
    run.effects.push({kind: 'transfer', node: node.id, number, queue, user, note})
    emit(run, 'flow_waiting', {until, transfer: true})
  }
  if (session.waiting?.until && session.waiting.until > session.expiresAt) session.expiresAt = session.waiting.until
}

/** Takes the edge that fits the outcome, or ends the session where there is none. */
function leave(run: Run, step: Leave): Step | undefined {
  const {node} = run
  const {outcome} = step
  const isGood = node.good(outcome)
  setOutcome(run, outcome)
  const edge = node.edges.find((one) => (isGood || one.namesOutcome) && holds(run, one.condition))
  emit(run, 'flow_step', {
    type: node.type,
    outcome,
    target: edge?.target ?? null,
    condition: edge?.condition?.source ?? null,
  })
  if (edge) return enter(run, edge.target)
  if (!isGood) return conclude(run, ...badEnd(node, step))
  if (node.edges.length === 0) return conclude(run, 'completed', {})
  if (node.behaviour.reask) return guarded(run, () => node.behaviour.reask?.(run) ?? {do: 'end'})
  return conclude(run, 'failed', {reason: 'no_edge'})
}

interface Result {
  outcome?: string
  output?: Json
  reason?: string
}

/** A conversation that a person closed is over, not failed; silence abandons; anything else is a failure. */
function badEnd(node: CompiledNode, {outcome, status, reason}: Leave): ['completed' | 'abandoned' | 'failed', Result] {
  if (node.type === 'transfer' && outcome === 'closed') return ['completed', {outcome}]
  const silent = outcome === 'timeout' || outcome === 'invalid'
  return [status ?? (silent ? 'abandoned' : 'failed'), {reason: reason ?? outcome}]
}

function holds(run: Run, condition: CompiledNode['edges'][number]['condition']): boolean {
  if (!condition) return true
  try {
    return condition.evaluate(run.scope, run.moment) === true
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    emit(run, 'expression_error', {expression: condition.source, error: error.message})
    return false
  }
}

function switchTo(run: Run, flow: CompiledFlow) {
  run.flow = flow
  run.session.flow = flow.key
  run.session.release = flow.release
  run.scope.flow = flow.scope
}

function jump(run: Run, {flow, vars, frame}: Extract<Step, {do: 'jump'}>): Step {
  const target = compiled(run.world.live(flow))
  if (!target) return {do: 'leave', outcome: 'failed', reason: `The flow "${flow}" is not live.`}
  if (frame && run.session.stack.length >= DEEPEST_STACK)
    return {do: 'leave', outcome: 'failed', reason: `Jumps are nested deeper than ${DEEPEST_STACK}.`}
  replaceVariables(run, {...target.vars, ...vars})
  emit(run, 'flow_step', {type: run.node.type, outcome: 'jumped', target: flow})
  if (frame) run.session.stack = [...run.session.stack, frame]
  switchTo(run, target)
  return enter(run, target.start)
}

/** Ends the flow: goes back to the caller when a jump with return is open, else ends the session. */
function conclude(run: Run, status: 'completed' | 'abandoned' | 'failed', result: Result): Step | undefined {
  const frame = run.session.stack.at(-1)
  if (!frame) {
    finish(run, status, result)
    return undefined
  }
  run.session.stack = run.session.stack.slice(0, -1)
  const caller = compiled(run.world.release(frame.release))
  const node = caller?.nodes.get(frame.node)
  if (!caller || !node) {
    finish(run, 'failed', {reason: 'release_missing'})
    return undefined
  }
  return comeBack(run, {caller, node, frame}, status, result)
}

function comeBack(
  run: Run,
  {caller, node, frame}: {caller: CompiledFlow; node: CompiledNode; frame: Frame},
  status: 'completed' | 'abandoned' | 'failed',
  {outcome = 'returned', output = null, reason}: Result,
): Step {
  switchTo(run, caller)
  run.node = node
  run.session.node = frame.node
  run.session.vars = run.scope.vars = frame.vars
  const failed = status !== 'completed'
  const step = guarded(run, () => node.behaviour.resume?.(run, {kind: 'child', outcome, failed, output}) ?? {do: 'end'})
  return failed && step.do === 'leave' ? {...step, status, reason} : step
}

function finish(run: Run, status: 'completed' | 'abandoned' | 'failed', {outcome, output, reason}: Result) {
  const {session} = run
  session.status = status
  session.waiting = undefined
  session.stack = []
  session.result = {outcome, output, reason, node: session.node ?? undefined}
  const data = {status, outcome: outcome ?? null, reason: reason ?? null}
  emit(run, status === 'failed' ? 'flow_failed' : 'flow_ended', data)
}
