import {audienceOf} from '../audience.ts'
import type {CompiledFlow} from '../compile.ts'
import {dueAt, isOver} from '../life.ts'
import {nextFire} from '../schedule.ts'
import type {Scene} from './scene.ts'
import {SimulationError} from './state.ts'

/** More than this in one go is a mistake: a schedule of every minute over a year. */
const MOST_DUE = 10_000

interface Due {
  at: number
  run(): void
}

/** Lets time pass; what falls due meanwhile happens at its time and in order. */
export function advance(scene: Scene, ms: number): void {
  const until = scene.state.now + ms
  for (let count = 0; ; count++) {
    const due = nextDue(scene, until)
    if (!due) break
    if (count === MOST_DUE) throw new SimulationError(`More than ${MOST_DUE} things fall due in this time.`)
    scene.state.now = Math.max(scene.state.now, due.at)
    due.run()
  }
  scene.state.now = until
  scene.state.firedUntil = until
}

function nextDue(scene: Scene, until: number): Due | undefined {
  const {session} = scene.state
  const timeout = session ? dueAt(session) : null
  const dues: Due[] = timeout === null ? [] : [{at: timeout, run: () => scene.expire()}]
  const since = scene.state.firedUntil
  for (const flow of scene.surroundings.flows) {
    const {trigger} = flow.definition
    if (trigger.type !== 'schedule') continue
    const at = nextFire(trigger, since, scene.timeZone)
    if (at !== null) dues.push({at, run: () => fire(scene, flow)})
  }
  const at = Math.min(...dues.map((due) => due.at))
  const first = dues.filter((due) => due.at === at)
  if (at > until || first.length === 0) return undefined
  return {
    at,
    run() {
      scene.state.firedUntil = Math.max(since, at)
      for (const due of first) due.run()
    },
  }
}

/** A scheduled flow begins, unless the contact is not meant, is in a session or is with a person. */
function fire(scene: Scene, flow: CompiledFlow): void {
  const {trigger} = flow.definition
  const {contact, session, conversation, now} = scene.state
  if (trigger.type !== 'schedule' || !audienceOf(trigger)(contact, now)) return
  const isBusy = session !== null && !isOver(session.status)
  const isHeld = conversation?.holder === 'person'
  if (isBusy || isHeld) return
  scene.open()
  scene.start(flow.key)
}
